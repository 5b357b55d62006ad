// truth knows its own numbers: it makes goroutines that wait for one thing of each kind, and
// contexts of each kind, writes what a reader should see, and its own dump of goroutines, to the
// directory in its first argument, and then waits until its standard input is closed.
package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"sync"
	"syscall"
	"time"
	"unsafe"
)

type key string
type emptyKey struct{}

var errShutdown = errors.New("shutting down")

// custom is a context of the program's own.
type custom struct {
	context.Context
	name string
}

// These begin as a cancel context does, but are none: one is as large, the other is larger.
type asLarge struct {
	parent context.Context
	lock   sync.RWMutex
	cancel func()
	reason error
	more   [2]*int
}

type larger struct {
	parent context.Context
	more   [10]*int
}

//go:noinline
func receive(channel chan int) { <-channel }

//go:noinline
func send(channel chan int) { channel <- 1 }

//go:noinline
func selectBoth(ctx context.Context, channel chan int) {
	select {
	case <-ctx.Done():
	case channel <- 1:
	}
}

//go:noinline
func lock(mutex *sync.Mutex) { mutex.Lock() }

//go:noinline
func lockWrite(mutex *sync.RWMutex) { mutex.Lock() }

//go:noinline
func lockRead(mutex *sync.RWMutex) { mutex.RLock() }

//go:noinline
func waitGroup(group *sync.WaitGroup) { group.Wait() }

//go:noinline
func waitCondition(condition *sync.Cond) {
	condition.L.Lock()
	condition.Wait()
}

//go:noinline
func sleep() { time.Sleep(time.Hour) }

//go:noinline
func accept(listener net.Listener) { listener.Accept() }

//go:noinline
func readPipe(descriptor int) {
	var buffer [1]byte
	syscall.Read(descriptor, buffer[:])
}

//go:noinline
func outer(channel chan int) { inner(channel) }

func inner(channel chan int) { <-channel }

// generic is told without the types that it was made for.
//
//go:noinline
func generic[T any](channel chan T) { <-channel }

//go:noinline
func labelled(channel chan int) { <-channel }

// keep holds what must stay alive.
var keep []any

// made has a key that is no constant.
var made context.Context

func hold(things ...any) {
	for _, thing := range things {
		keep = append(keep, thing)
	}
}

func contexts() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	value := context.WithValue(ctx, key("user"), "alice")
	number := context.WithValue(value, emptyKey{}, 42)
	timeout, cancelTimeout := context.WithTimeout(number, time.Hour)
	leaf, cancelLeaf := context.WithCancel(timeout)
	wrapped := &custom{Context: leaf, name: "wrapped"}
	below, cancelBelow := context.WithCancel(wrapped)
	ended, end := context.WithCancel(ctx)
	end()
	todo, cancelTodo := context.WithCancel(context.TODO())
	lookalikes(leaf, cancelLeaf)
	made = context.WithValue(ctx, key("token "+os.Args[0]), "secret")
	hold(cancel, cancelTimeout, cancelLeaf, cancelBelow, cancelTodo, below, ended, todo)
	return timeout
}

// lookalikes holds objects that are no contexts behind the itab of one, as the compiler may put two
// unrelated values next to each other on a stack.
func lookalikes(ctx context.Context, cancel func()) {
	itab := *(*unsafe.Pointer)(unsafe.Pointer(&ctx))
	first := &asLarge{parent: ctx, cancel: cancel}
	second := &larger{parent: ctx}
	hold(&[2]unsafe.Pointer{itab, unsafe.Pointer(first)},
		&[2]unsafe.Pointer{itab, unsafe.Pointer(second)})
}

func main() {
	directory := os.Args[1]
	ctx := contexts()
	channel := make(chan int)
	full := make(chan int, 2)
	full <- 1
	full <- 2
	var mutex sync.Mutex
	var readWrite sync.RWMutex
	var group sync.WaitGroup
	condition := sync.NewCond(&sync.Mutex{})
	mutex.Lock()
	readWrite.Lock()
	group.Add(1)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	var pipe [2]int
	syscall.Pipe(pipe[:])
	hold(channel, full, &mutex, &readWrite, &group, condition, listener)
	for i := 0; i < 3; i++ {
		go receive(channel)
		go outer(channel)
		go send(full)
		go selectBoth(ctx, full)
		go lock(&mutex)
		go lockRead(&readWrite)
		go waitGroup(&group)
		go waitCondition(condition)
		go sleep()
	}
	go pprof.Do(context.Background(), pprof.Labels("route", "/orders", "user", "alice"),
		func(context.Context) { labelled(channel) })
	go lockWrite(&readWrite)
	go accept(listener)
	go readPipe(pipe[0])
	go generic(make(chan struct{ a, b string }))
	go func() { receive(nil) }()
	go func() { select {} }()
	time.Sleep(300 * time.Millisecond)
	runtime.GC()
	for i := 0; i < 10; i++ { // until no goroutine of the runtime is about to do something
		time.Sleep(50 * time.Millisecond)
	}
	var dump bytes.Buffer
	pprof.Lookup("goroutine").WriteTo(&dump, 2)
	if err := os.WriteFile(filepath.Join(directory, "dump"), dump.Bytes(), 0o600); err != nil {
		panic(err)
	}
	fmt.Println("ready")
	var buffer [1]byte
	os.Stdin.Read(buffer[:])
	runtime.KeepAlive(keep)
	runtime.KeepAlive(made)
}
