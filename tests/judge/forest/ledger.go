package main

import (
	"context"
	"encoding/json"
	"os"
	"strconv"
	"sync"
	"time"
	"unsafe"
)

// The ledger is what the program knows of itself. It must keep nothing alive and look like no
// pointer, so it has addresses only masked, and as text.
const mask = 0x5a17c0de5a17c0de

func masked(address uintptr) string {
	return strconv.FormatUint(uint64(address)^mask, 16)
}

// The second word of an interface: where its value is, or the value itself if that is a pointer.
func dataWord(ctx context.Context) uintptr { return (*[2]uintptr)(unsafe.Pointer(&ctx))[1] }

// contextRow is one context. Of several ways of holding it has the one that was meant.
type contextRow struct {
	Number   int      `json:"number"`
	At       string   `json:"at"`     // masked
	Single   bool     `json:"single"` // of a type without size: all of them are one
	Type     string   `json:"type"`
	Way      string   `json:"way"`
	Made     string   `json:"made"`   // how: the name of its maker
	Parent   string   `json:"parent"` // masked; "" none, "single:TYPE" of one without an address
	Depth    int      `json:"depth"`
	State    string   `json:"state"` // open, canceled, timed-out, other
	By       string   `json:"by"`    // not-ended, own-cancel, parent, deadline
	Causes   []string `json:"causes"`
	Deadline *int64   `json:"deadline"` // Unix nanoseconds
	Later    bool     `json:"later"`    // than an int64 can tell
	Cancel   string   `json:"cancel"`   // held, lost, none, unclear
	KeyType  string   `json:"key_type"`
	Key      string   `json:"key"` // "" if it is no number and no text
	Value    string   `json:"value"`
	ValueOf  string   `json:"value_type"`
	Alive    string   `json:"alive"` // yes, no, unclear
}

// goroutineRow is one goroutine that waits.
type goroutineRow struct {
	Goroutine  uint64   `json:"goroutine"`
	Waits      string   `json:"waits"`  // how it was made to wait
	Status     string   `json:"status"` // in the words of the program's own traceback
	Object     string   `json:"object"`
	Operation  string   `json:"operation"`
	At         string   `json:"at"`     // masked address of the object; "" not known
	Others     []string `json:"others"` // masked: the cases of a select
	After      int64    `json:"after"`  // it began to wait after this, Unix nanoseconds
	Before     int64    `json:"before"` // and before this
	Until      *int64   `json:"until"`  // gives up by itself then
	Works      string   `json:"works"`  // masked: the context under which it works; "" none
	WorksBy    string   `json:"works_by"`
	Wakeable   string   `json:"wakeable"` // yes, no, parent (by nothing but that), unclear
	Locked     bool     `json:"locked"`
	Thread     int      `json:"thread"`
	Descriptor int      `json:"descriptor"` // -1 none
}

type ledger struct {
	lock       sync.Mutex
	contexts   []contextRow
	goroutines []*goroutineRow
}

var book ledger

func (l *ledger) addContext(row contextRow) int {
	l.lock.Lock()
	defer l.lock.Unlock()
	row.Number = len(l.contexts)
	l.contexts = append(l.contexts, row)
	return row.Number
}

func (l *ledger) addGoroutine(row *goroutineRow) {
	l.lock.Lock()
	defer l.lock.Unlock()
	l.goroutines = append(l.goroutines, row)
}

func (l *ledger) setAlive(number int, alive string) {
	l.lock.Lock()
	defer l.lock.Unlock()
	l.contexts[number].Alive = alive
}

// A context that has everything from its parent, except what it is.
func (l *ledger) addBelow(parent int, at uintptr, made, typeName string) {
	l.lock.Lock()
	row := l.contexts[parent]
	l.lock.Unlock()
	row.Parent, row.At, row.Type, row.Made, row.Way = row.At, masked(at), typeName, made, "on a stack"
	if row.Single {
		row.Parent = "single:" + l.contexts[parent].Type
	}
	row.Single, row.Cancel, row.KeyType, row.Key, row.Value, row.ValueOf = false, "none", "", "", "", ""
	if row.State != "open" {
		row.By = "parent"
	}
	row.Depth++
	l.addContext(row)
}

func (l *ledger) setCancel(number int, cancel string) {
	l.lock.Lock()
	defer l.lock.Unlock()
	l.contexts[number].Cancel = cancel
}

// Writes one JSON object a line.
func (l *ledger) write(path string) {
	l.lock.Lock()
	defer l.lock.Unlock()
	file, err := os.Create(path)
	if err != nil {
		panic(err)
	}
	out := json.NewEncoder(file)
	for i := range l.contexts {
		out.Encode(&l.contexts[i])
	}
	for _, row := range l.goroutines {
		out.Encode(row)
	}
	if err := file.Close(); err != nil {
		panic(err)
	}
}

// Fills in the end of a wait that gives up by itself.
func unixNanoseconds(when time.Time) (nanoseconds *int64, later bool) {
	if when.After(time.Unix(0, 1<<63-1)) {
		return nil, true
	}
	is := when.UnixNano()
	return &is, false
}

func (l *ledger) gone() int {
	l.lock.Lock()
	defer l.lock.Unlock()
	count := 0
	for i := range l.contexts {
		if l.contexts[i].Alive == "no" {
			count++
		}
	}
	return count
}

// gate is opened once.
type gate struct{ channel chan struct{} }

func newGate() gate  { return gate{make(chan struct{})} }
func (g gate) open() { close(g.channel) }
func (g gate) wait() { <-g.channel }
