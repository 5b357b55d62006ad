//go:build goexperiment.arenas

// arenas has goroutines that only what lies in an arena leads to: nothing is leaked. Beside them one
// that is. Says "ready" and ends when its standard input is closed.
package main

import (
	"arena"
	"fmt"
	"os"
	"runtime"
	"time"
)

type holder struct {
	number  uintptr
	channel chan int
	next    *holder
}

//go:noinline
func aliveReceive(channel chan int) { <-channel }

//go:noinline
func leakedReceive(channel chan int) { <-channel }

var list *holder
var many []*holder

//go:noinline
func plant(in *arena.Arena) {
	for i := 0; i < 1000; i++ {
		it := arena.New[holder](in)
		it.number, it.next = uintptr(i), list
		list = it
	}
	slice := arena.MakeSlice[*holder](in, 100, 100)
	for i, at := 0, list; i < 20; i, at = i+1, at.next.next {
		at.channel = make(chan int)
		go aliveReceive(at.channel)
		slice[i] = &holder{channel: make(chan int)}
		go aliveReceive(slice[i].channel)
	}
	many = slice
	go leakedReceive(make(chan int))
}

func main() {
	in := arena.NewArena()
	plant(in)
	for i := 0; i < 3; i++ {
		time.Sleep(50 * time.Millisecond)
		runtime.GC()
	}
	fmt.Println("ready")
	var buffer [1]byte
	os.Stdin.Read(buffer[:])
	runtime.KeepAlive(in)
}
