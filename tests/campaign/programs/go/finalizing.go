// finalizing has goroutines that a finalizer wakes, once the collector has found that something else is
// gone. Ends with its standard input.
package main

import (
	"fmt"
	"os"
	"runtime"
	"time"
)

const waiters = 12

type handle struct {
	closed chan int
	pad    [4]int
}

//go:noinline
func open(closed chan int) {
	it := &handle{closed: closed}
	runtime.SetFinalizer(it, func(it *handle) { it.closed <- 1 })
}

func waitForFinalizer() {
	for {
		closed := make(chan int)
		open(closed)
		<-closed
	}
}

func main() {
	for i := 0; i < waiters; i++ {
		go waitForFinalizer()
	}
	go func() {
		for {
			time.Sleep(700 * time.Millisecond)
			runtime.GC()
		}
	}()
	fmt.Println("ready")
	var buffer [1]byte
	os.Stdin.Read(buffer[:])
}
