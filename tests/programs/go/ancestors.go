// ancestors makes chains of goroutines: main starts one, which starts another, up to the last, which
// waits. With GODEBUG=tracebackancestors=N the runtime keeps who created whom. Says "ready", and
// waits until its standard input is closed.
package main

import (
	"fmt"
	"os"
	"time"
)

var never = make(chan int)
var ready = make(chan bool)

//go:noinline
func leaf() {
	ready <- true
	<-make(chan int)
}

//go:noinline
func startLeaf() { go leaf() }

// middle ends when it has started the last.
//
//go:noinline
func middle() { startLeaf() }

//go:noinline
func startMiddle() { go middle() }

//go:noinline
func outer() {
	startMiddle()
	<-never
}

//go:noinline
func startOuter() { go outer() }

func main() {
	for i := 0; i < 3; i++ {
		startOuter()
		<-ready
	}
	time.Sleep(50 * time.Millisecond)
	fmt.Println("ready")
	var buffer [1]byte
	os.Stdin.Read(buffer[:])
}
