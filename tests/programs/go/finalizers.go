// finalizers has goroutines that only a finalizer can wake which is due, and behind another one that
// takes its time: nothing of it is leaked. Says "ready" and ends when its standard input is closed.
package main

import (
	"fmt"
	"os"
	"runtime"
	"time"
)

type holder struct {
	channel chan *int
	words   [10]*int // too large to share its memory with others
}

func waiter(channel chan *int) { <-channel }

//go:noinline
func slow() {
	runtime.SetFinalizer(&holder{}, func(*holder) { time.Sleep(time.Minute) })
}

//go:noinline
func waking() {
	object := &holder{channel: make(chan *int)}
	go waiter(object.channel)
	runtime.SetFinalizer(object, func(object *holder) { object.channel <- nil })
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
	for i := 0; i < 3; i++ {
		waking()
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
}
