//go:build go1.24

// cleanups has goroutines that only cleanups can wake which are due, behind others that take their
// time, and goroutines that cleanups can wake which are not due: nothing of it is leaked. Says
// "ready" and ends when its standard input is closed.
package main

import (
	"fmt"
	"os"
	"runtime"
	"time"
)

type holder struct {
	words [10]*int // too large to share its memory with others
}

//go:noinline
func aliveReceive(channel chan *int) { <-channel }

var kept []*holder

//go:noinline
func slow() {
	runtime.AddCleanup(new(holder), func(int) { time.Sleep(time.Minute) }, 0)
}

//go:noinline
func waking(keep bool) {
	object, channel := new(holder), make(chan *int)
	go aliveReceive(channel)
	runtime.AddCleanup(object, func(channel chan *int) { channel <- nil }, channel)
	if keep {
		kept = append(kept, object)
	}
}

// Overwrites what is left of the calls above on the stack.
//
//go:noinline
func wipe(number int) int {
	var words [1024]int
	for i := range words {
		words[i] = number
	}
	return words[number]
}

func main() {
	waking(true)
	for i := 0; i < 8; i++ {
		slow()
		waking(false)
		slow()
	}
	time.Sleep(50 * time.Millisecond)
	wipe(3)
	runtime.GC()
	runtime.GC()
	time.Sleep(50 * time.Millisecond)
	fmt.Println("ready")
	var buffer [1]byte
	os.Stdin.Read(buffer[:])
	runtime.KeepAlive(kept)
}
