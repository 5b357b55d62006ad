// weak_pointers has goroutines that wait on channels which the rest of the program knows by weak
// pointers only, or by what is interned: as long as they wait, their own stacks keep both. Everybody is
// woken. Ends with its standard input.
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

const waiters = 8

type subscriber struct {
	news chan int
	name string
}

var registry struct {
	sync.Mutex
	subscribers map[int]weak.Pointer[subscriber]
	byName      map[unique.Handle[string]]weak.Pointer[subscriber]
}

//go:noinline
func subscribe(number int) *subscriber {
	it := &subscriber{make(chan int), fmt.Sprint("subscriber ", number)}
	registry.Lock()
	defer registry.Unlock()
	registry.subscribers[number] = weak.Make(it)
	registry.byName[unique.Make(it.name)] = weak.Make(it)
	return it
}

func listen(number int) {
	for {
		it := subscribe(number)
		<-it.news
		runtime.KeepAlive(it) // as long as it waits, the registry shall find it
	}
}

func publish() {
	registry.Lock()
	defer registry.Unlock()
	for number, pointer := range registry.subscribers {
		if it := pointer.Value(); it != nil {
			delete(registry.subscribers, number)
			it.news <- 1
		}
	}
}

func main() {
	registry.subscribers = map[int]weak.Pointer[subscriber]{}
	registry.byName = map[unique.Handle[string]]weak.Pointer[subscriber]{}
	for i := 0; i < waiters; i++ {
		go listen(i)
	}
	go func() {
		for {
			time.Sleep(2 * time.Second)
			runtime.GC()
			publish()
		}
	}()
	fmt.Println("ready")
	var buffer [1]byte
	os.Stdin.Read(buffer[:])
}
