package main

import (
	"context"
	"errors"
	"fmt"
	"time"
	"unsafe"
)

// node is a context while its tree is being made. Afterwards nothing refers to it.
type node struct {
	ctx      context.Context
	made     string
	parent   *node
	children []*node
	cancel   func()                   // ends it; nil: nobody can
	stop     any                      // what the program would keep to end it
	hidden   func() (uintptr, string) // of one that no interface leads to: where, and its type
	follows  bool                     // ends with its parent
	by       string                   // how it ended
	written  bool
	key      any
	value    any
	hasPair  bool
	way      string // of what the library made
	number   int    // of its row in the ledger
}

// garden makes one tree.
type garden struct {
	*random
	nodes []*node
}

func (g *garden) add(parent *node, made string, ctx context.Context) *node {
	return g.addNode(&node{ctx: ctx, made: made, parent: parent, follows: true})
}

func (g *garden) addNode(n *node) *node {
	parent := n.parent
	if parent != nil {
		parent.children = append(parent.children, n)
	}
	g.nodes = append(g.nodes, n)
	if parent != nil && n.hidden != nil && parent.error() != nil {
		n.by = "parent"
	} else if parent != nil && n.error() != nil {
		n.by = "parent"
		if parent.error() == nil {
			n.by = "deadline"
		}
	}
	return n
}

func (n *node) error() error {
	if n.hidden == nil {
		return n.ctx.Err()
	}
	switch n.by {
	case "":
		return nil
	case "parent":
		return n.parent.error()
	}
	return context.Canceled
}

// Says of all below it that they ended with it, and waits until they have.
func (n *node) ended(by string) {
	if n.by != "" {
		return
	}
	n.by = by
	if done := n.doneChannel(); done != nil {
		<-done
	}
	for _, child := range n.children {
		if child.follows {
			child.ended("parent")
		}
	}
}

func (n *node) doneChannel() <-chan struct{} {
	if n.hidden != nil {
		return nil
	}
	return n.ctx.Done()
}

func (n *node) end() {
	if n.cancel != nil {
		n.cancel()
		n.ended("own-cancel")
	}
}

type maker struct {
	name string
	make func(g *garden, parent *node) *node
}

var makers = []maker{
	{"cancel", func(g *garden, parent *node) *node {
		ctx, cancel := context.WithCancel(parent.ctx)
		n := g.add(parent, "cancel", ctx)
		n.cancel, n.stop = cancel, cancel
		return n
	}},
	{"deadline", func(g *garden, parent *node) *node {
		when := time.Now().Add(time.Hour + time.Duration(g.below(1000))*time.Second)
		return g.deadline(parent, "deadline", when)
	}},
	{"timeout", func(g *garden, parent *node) *node {
		ctx, cancel := context.WithTimeout(parent.ctx, 2*time.Hour)
		n := g.add(parent, "timeout", ctx)
		n.cancel, n.stop = cancel, cancel
		return n
	}},
	{"deadline-past", func(g *garden, parent *node) *node {
		return g.deadline(parent, "deadline-past", time.Now().Add(-time.Minute))
	}},
	{"deadline-near", func(g *garden, parent *node) *node {
		when := time.Now().Add(2 * time.Millisecond)
		n := g.deadline(parent, "deadline-near", when)
		if is, ok := n.ctx.Deadline(); n.by == "" && ok && is.Equal(when) {
			<-n.ctx.Done()
			n.ended("deadline")
		}
		return n
	}},
	{"deadline-2500", func(g *garden, parent *node) *node {
		return g.deadline(parent, "deadline-2500", time.Date(2500, 1, 1, 0, 0, 0, 0, time.UTC))
	}},
	{"deadline-longest", func(g *garden, parent *node) *node {
		return g.deadline(parent, "deadline-longest", time.Now().Add(1<<63-1))
	}},
	{"value", func(g *garden, parent *node) *node { return g.valueContext(parent) }},
	{"custom", func(g *garden, parent *node) *node { return g.customContext(parent) }},
}

func (g *garden) deadline(parent *node, made string, when time.Time) *node {
	ctx, cancel := context.WithDeadline(parent.ctx, when)
	n := g.add(parent, made, ctx)
	n.cancel, n.stop = cancel, cancel
	return n
}

type textKey string
type numberKey int
type emptyKey struct{}
type pairKey struct{ a, b int32 }

var pointed int

func (g *garden) valueContext(parent *node) *node {
	keys := []any{textKey("user"), numberKey(7), emptyKey{}, pairKey{1, 2}, &pointed, "plain", 2.5, true, uint8(200)}
	values := []any{"alice", 42, 23204.0 / 7, true, pairKey{3, 4}, nil, []int{1}, &pointed,
		errors.New("no value"), fmt.Sprint("made ", g.below(100)), int64(-5), uint16(65535), float32(0.1), 100.0,
		float32(16777216), 1e300}
	key, value := keys[g.below(len(keys))], values[g.below(len(values))]
	n := g.add(parent, "value", context.WithValue(parent.ctx, key, value))
	n.key, n.value, n.hasPair = key, value, true
	return n
}

var customs = []maker{
	{"wrap", func(g *garden, parent *node) *node { return g.add(parent, "wrap", wrap{parent.ctx}) }},
	{"wrap-pointer", func(g *garden, parent *node) *node {
		return g.add(parent, "wrap-pointer", &wrap{parent.ctx})
	}},
	{"tagged", func(g *garden, parent *node) *node {
		return g.add(parent, "tagged", &tagged{"a name", parent.ctx, g.below(100)})
	}},
	{"detach", func(g *garden, parent *node) *node {
		n := g.add(parent, "detach", detach{parent.ctx})
		n.follows = false
		return n
	}},
	{"own", func(g *garden, parent *node) *node {
		o := &own{Context: parent.ctx, done: make(chan struct{})}
		n := g.add(parent, "own", o)
		n.follows = false
		n.cancel = func() { o.end(errors.New("ended by itself")) }
		return n
	}},
	{"dated", func(g *garden, parent *node) *node {
		return g.add(parent, "dated", &dated{parent.ctx, time.Now().Add(3 * time.Hour)})
	}},
	{"named", func(g *garden, parent *node) *node { return g.add(parent, "named", &named{parent.ctx}) }},
	{"by-pointer", func(g *garden, parent *node) *node {
		return g.add(parent, "by-pointer", byPointer{&tagged{"inner", parent.ctx, g.below(100)}})
	}},
	{"widened", func(g *garden, parent *node) *node {
		n := g.add(parent, "tagged", &tagged{"inner", parent.ctx, g.below(100)})
		return g.add(n, "widened", &widened{n.ctx.(*tagged)})
	}},
	{"within", func(g *garden, parent *node) *node {
		return g.add(parent, "within", &within{1, tagged{"within", parent.ctx, 2}})
	}},
	{"fat", func(g *garden, parent *node) *node { return g.add(parent, "fat", &fat{Context: parent.ctx}) }},
	{"call", func(g *garden, parent *node) *node {
		ctx := parent.ctx
		return g.add(parent, "call", call(func() context.Context { return ctx }))
	}},
	{"dictionary", func(g *garden, parent *node) *node {
		return g.add(parent, "dictionary", dictionary{"up": parent.ctx})
	}},
	{"root", func(g *garden, parent *node) *node { return g.add(nil, "root", root(1000+g.next()>>8)) }},
	{"nothing", func(g *garden, parent *node) *node { return g.add(nil, "nothing", nothing{}) }},
	{"inside-struct", func(g *garden, parent *node) *node {
		s := &server{in: wrap{parent.ctx}}
		return g.add(parent, "inside-struct", &s.in)
	}},
	{"in-large-array", func(g *garden, parent *node) *node {
		array := new([300]wrap)
		array[200].Context = parent.ctx
		return g.add(parent, "in-large-array", &array[200])
	}},
	{"global-object", func(g *garden, parent *node) *node {
		if globalObjectsUsed == len(globalObjects) {
			return g.add(parent, "wrap-pointer", &wrap{parent.ctx})
		}
		is := &globalObjects[globalObjectsUsed]
		globalObjectsUsed++
		is.Context = parent.ctx
		return g.add(parent, "global-object", is)
	}},
	{"inside-array", func(g *garden, parent *node) *node {
		array := new([4]tagged)
		array[2] = tagged{"third", parent.ctx, 3}
		return g.add(parent, "inside-array", &array[2])
	}},
}

func (g *garden) customContext(parent *node) *node {
	return customs[g.below(len(customs))].make(g, parent)
}

// make gives a context of a kind below the parent.
func (g *garden) make(name string, parent *node) *node {
	for _, list := range [][]maker{makers, customs} {
		for _, m := range list {
			if m.name == name {
				return m.make(g, parent)
			}
		}
	}
	return nil // not with this release
}

func (g *garden) any(parent *node) *node {
	n := makers[g.below(len(makers))].make(g, parent)
	if n.hidden != nil {
		return g.any(parent) // it can have no children
	}
	return n
}

func (g *garden) root() *node {
	if g.chance(20) {
		return g.add(nil, "todo", context.TODO())
	}
	return g.add(nil, "background", context.Background())
}

// A chain of up to three below a root.
func (g *garden) chain() *node {
	at := g.root()
	for i := g.below(4); i > 0; i-- {
		at = g.any(at)
	}
	return at
}

// ---- what is written down ----

func (n *node) single() bool {
	switch n.ctx.(type) {
	case nothing:
		return true
	}
	return n.made == "background" || n.made == "todo"
}

func (n *node) where() (at uintptr, typeName string) {
	if n.hidden != nil {
		return n.hidden()
	}
	return dataWord(n.ctx), fmt.Sprintf("%T", n.ctx)
}

func (n *node) depth() int {
	depth := 0
	for at := n.parent; at != nil; at = at.parent {
		depth++
	}
	return depth
}

func stateOf(err error) string {
	switch err {
	case nil:
		return "open"
	case context.Canceled:
		return "canceled"
	case context.DeadlineExceeded:
		return "timed-out"
	}
	return "other"
}

// write puts the node into the ledger. Its cancel function is held by `holds`, or lost.
func (n *node) write(way string, holdsCancel bool) {
	if n.written {
		return
	}
	n.written = true
	at, typeName := n.where()
	row := contextRow{At: masked(at), Type: typeName, Way: way, Made: n.made, Depth: n.depth(),
		Single: n.single(), State: stateOf(n.error()), By: "not-ended", Alive: "yes", Cancel: "none"}
	if n.parent != nil {
		up, upType := n.parent.where()
		row.Parent = masked(up)
		if n.parent.single() {
			row.Parent = "single:" + upType
		}
	}
	if n.error() != nil {
		row.By = n.by
		row.Causes = append(causesOf(n), n.error().Error())
	}
	if n.cancel != nil {
		row.Cancel = "lost"
		if holdsCancel {
			row.Cancel = "held"
		}
	}
	if n.hidden == nil {
		if when, has := n.ctx.Deadline(); has {
			row.Deadline, row.Later = unixNanoseconds(when)
		}
	} else if when, has := n.parent.ctx.Deadline(); has {
		row.Deadline, row.Later = unixNanoseconds(when)
	}
	if n.hasPair {
		row.KeyType = fmt.Sprintf("%T", n.key)
		row.ValueOf = fmt.Sprintf("%T", n.value)
		row.Key, row.Value = plain(n.key), plain(n.value)
	}
	n.number = book.addContext(row)
}

// The text of what is a number, a truth value or a text.
func plain(value any) string {
	switch value.(type) {
	case textKey, numberKey, string, bool, int, int64, uint8, uint16, float32, float64:
		return fmt.Sprint(value)
	}
	return ""
}

// Where a function literal keeps the first thing that it captures.
func captured(function any) uintptr {
	closure := (*[2]unsafe.Pointer)(unsafe.Pointer(&function))[1]
	return (*[2]uintptr)(closure)[1]
}
