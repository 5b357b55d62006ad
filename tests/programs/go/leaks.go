// leaks plants defects and their clean twins, one function each. Goroutines that are leaked run in
// functions named leaked..., those that are not in functions named alive...; contexts that nobody
// can cancel hang below values with the key lost, those that somebody can below the key held. It
// says "ready", and waits until its standard input is closed. With an argument it plants goroutines
// alone.
package main

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"sync"
	"time"
	"unsafe"
)

type lost string
type held string

//go:noinline
func leakedReceive(channel chan int) { <-channel }

//go:noinline
func leakedSend(channel chan int) { channel <- 1 }

//go:noinline
func leakedSelect(a, b chan int) {
	select {
	case <-a:
	case b <- 1:
	}
}

//go:noinline
func leakedNil() { var channel chan int; <-channel }

//go:noinline
func leakedEmpty() { select {} }

//go:noinline
func leakedLock(mutex *sync.Mutex) { mutex.Lock() }

//go:noinline
func leakedRead(mutex *sync.RWMutex) { mutex.RLock() }

//go:noinline
func leakedGroup(group *sync.WaitGroup) { group.Wait() }

//go:noinline
func leakedCond(condition *sync.Cond) {
	condition.L.Lock()
	condition.Wait()
}

// Each waits for the other.
//
//go:noinline
func leakedPair(mine, other chan int) {
	<-mine
	other <- 1
}

// So large that the compiler leaves it to the runtime to say which of its words are pointers: the
// smaller one since Go 1.27, the larger one in all releases.
type large struct {
	number   uintptr
	pointers [200]*int
}

type larger struct {
	pointers [20000]*int
	parts    [2]large
}

var disguise any

// A number that looks like a pointer keeps nothing alive; but it may be meant as one.
//
//go:noinline
func disguisedReceive(channel chan int) { <-channel }

//go:noinline
func plantDisguised() {
	channel := make(chan int)
	go disguisedReceive(channel)
	disguise = &large{number: *(*uintptr)(unsafe.Pointer(&channel))}
}

//go:noinline
func aliveReceive(channel chan int) { <-channel }

//go:noinline
func aliveSend(channel chan int) { channel <- 1 }

//go:noinline
func aliveLock(mutex *sync.Mutex) { mutex.Lock() }

//go:noinline
func aliveGroup(group *sync.WaitGroup) { group.Wait() }

//go:noinline
func aliveCond(condition *sync.Cond) {
	condition.L.Lock()
	condition.Wait()
}

// Wakes the one behind it when it is itself woken.
//
//go:noinline
func aliveChain(channel, next chan int) {
	<-channel
	next <- 1
}

//go:noinline
func aliveTimer(channel chan int) {
	select {
	case <-channel:
	case <-time.After(time.Hour):
	}
}

// Only the cancellation of the parent wakes it.
//
//go:noinline
func parentWaiter(ctx context.Context) { <-ctx.Done() }

//go:noinline
func plantLeaks() {
	go leakedReceive(make(chan int))
	go leakedSend(make(chan int))
	go leakedSelect(make(chan int), make(chan int))
	go leakedNil()
	go leakedEmpty()
	// A mutex alone is so small that it shares its memory with strangers, who keep it alive.
	guarded := new(struct {
		sync.Mutex
		data [4]int
	})
	guarded.Lock()
	go leakedLock(&guarded.Mutex)
	readWrite := new(sync.RWMutex)
	readWrite.Lock()
	go leakedRead(readWrite)
	group := new(sync.WaitGroup)
	group.Add(1)
	go leakedGroup(group)
	go leakedCond(sync.NewCond(new(sync.Mutex)))
	a, b := make(chan int), make(chan int)
	go leakedPair(a, b)
	go leakedPair(b, a)
}

var global = make(chan int)
var globalMutex sync.Mutex
var keep []any

// What is held lies behind everything else.
//
//go:noinline
func plantInLarge() {
	one, other := make(chan int), make(chan int)
	go aliveReceive(one)
	go aliveReceive(other)
	first, second := &large{}, &larger{}
	first.pointers[199] = (*int)(unsafe.Pointer(&struct{ channel chan int }{one}))
	second.parts[1].pointers[199] = (*int)(unsafe.Pointer(&struct{ channel chan int }{other}))
	keep = append(keep, first, second)
}

//go:noinline
func plantTwins() {
	go aliveReceive(global)
	sender := make(chan int)
	go aliveSend(sender)
	globalMutex.Lock()
	go aliveLock(&globalMutex)
	group := new(sync.WaitGroup)
	group.Add(1)
	go aliveGroup(group)
	condition := sync.NewCond(new(sync.Mutex))
	go aliveCond(condition)
	next := make(chan int)
	go aliveChain(global, next)
	go aliveReceive(next)
	go aliveTimer(make(chan int))
	keep = append(keep, sender, group, condition)
}

//go:noinline
func plantContexts(parent context.Context) {
	a, _ := context.WithCancel(context.WithValue(parent, lost("plain"), 1))
	a.Done()
	b, _ := context.WithTimeout(context.WithValue(parent, lost("timeout"), 1), time.Hour)
	b.Done()
	c, _ := context.WithCancel(context.WithValue(parent, lost("known"), 1)) // known, but not its cancel
	d, cancelD := context.WithCancel(context.WithValue(parent, held("plain"), 1))
	d.Done()
	e, cancelE := context.WithTimeout(context.WithValue(parent, held("timeout"), 1), time.Hour)
	e.Done()
	waited, _ := context.WithCancel(context.WithValue(parent, lost("waited"), 1))
	go parentWaiter(waited)
	keep = append(keep, c, cancelD, cancelE)
}

// Has its cancel function on its own stack only.
//
//go:noinline
func aliveHolder(parent context.Context, wake chan int) {
	ctx, cancel := context.WithCancel(context.WithValue(parent, held("stack"), 1))
	defer cancel()
	ctx.Done()
	<-wake
}

func main() {
	parent, cancel := context.WithCancel(context.Background())
	keep = append(keep, cancel)
	plantLeaks()
	plantDisguised()
	plantTwins()
	plantInLarge()
	if len(os.Args) == 1 {
		plantContexts(parent)
	}
	go aliveHolder(parent, global)
	time.Sleep(200 * time.Millisecond)
	runtime.GC()
	runtime.GC()
	time.Sleep(200 * time.Millisecond)
	fmt.Println("ready")
	var buffer [1]byte
	os.Stdin.Read(buffer[:])
	runtime.KeepAlive(keep)
	runtime.KeepAlive(parent)
}
