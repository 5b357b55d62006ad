//go:build go1.24

// weakly has goroutines that the rest of the program reaches by weak pointers only. As long as such
// a goroutine waits its own stack keeps what it waits for, so that the registry finds it: it is
// alive. One whose weak pointer is gone, too, is leaked. Names are as in leaks.go.
package main

import (
	"fmt"
	"os"
	"runtime"
	"sync"
	"time"
	"unique"
	"weak"
)

type subscriber struct {
	name string
	news chan int
}

type registry struct {
	subscribers map[string]weak.Pointer[subscriber]
	groups      []weak.Pointer[sync.WaitGroup] // holds no pointers
	parts       []weak.Pointer[chan int]       // of something larger
}

var known = &registry{subscribers: map[string]weak.Pointer[subscriber]{}}

//go:noinline
func aliveReceive(it *subscriber) {
	<-it.news
	runtime.KeepAlive(it)
}

//go:noinline
func aliveGroup(group *sync.WaitGroup) { group.Wait() }

//go:noinline
func alivePart(channels *[100]chan int) {
	<-channels[70]
	runtime.KeepAlive(channels)
}

// What wakes it is found by a weak pointer that only what is found by another one has.
//
//go:noinline
func aliveBehind(it *registry) {
	other := &subscriber{news: make(chan int)}
	it.subscribers = map[string]weak.Pointer[subscriber]{"behind": weak.Make(other)}
	<-other.news
	runtime.KeepAlive(it)
	runtime.KeepAlive(other)
}

//go:noinline
func leakedReceive(it *subscriber) {
	<-it.news
	runtime.KeepAlive(it)
}

// Its weak pointer is where only itself finds it.
//
//go:noinline
func leakedWithPointer(it *subscriber) {
	pointer := weak.Make(it)
	<-it.news
	runtime.KeepAlive(pointer)
	runtime.KeepAlive(it)
}

var registries []weak.Pointer[registry]
var handle unique.Handle[string]

//go:noinline
func plant() {
	for _, name := range []string{"one", "two"} {
		it := &subscriber{name, make(chan int)}
		known.subscribers[name] = weak.Make(it)
		go aliveReceive(it)
	}
	group := new(sync.WaitGroup)
	group.Add(1)
	known.groups = append(known.groups, weak.Make(group))
	go aliveGroup(group)
	channels := new([100]chan int)
	channels[70] = make(chan int)
	known.parts = append(known.parts, weak.Make(&channels[70]))
	go alivePart(channels)
	behind := &registry{}
	registries = append(registries, weak.Make(behind))
	go aliveBehind(behind)

	it := &subscriber{"gone", make(chan int)}
	weak.Make(it)
	go leakedReceive(it)
	go leakedWithPointer(&subscriber{"own", make(chan int)})
	handle = unique.Make("some text")
}

func main() {
	plant()
	for i := 0; i < 3; i++ {
		time.Sleep(50 * time.Millisecond)
		runtime.GC()
	}
	fmt.Println("ready")
	var buffer [1]byte
	os.Stdin.Read(buffer[:])
	runtime.KeepAlive(known)
}
