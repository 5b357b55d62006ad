// ended makes contexts that are all ended. Some are held in the heap, and lived through a garbage
// collection; some were made after it, and are held on a stack; some were made after it, and
// nothing holds them. Each hangs below a value whose key says which it is. It says "ready", and
// waits until its standard input is closed.
package main

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
)

type place string

func end(where place) context.Context {
	ctx, cancel := context.WithCancel(context.WithValue(context.Background(), where, 1))
	cancel()
	return ctx
}

type holder struct {
	contexts []context.Context
}

var keep *holder

//go:noinline
func survive() {
	keep = &holder{}
	for i := 0; i < 3; i++ {
		keep.contexts = append(keep.contexts, end("survived"))
	}
}

//go:noinline
func drop() {
	for i := 0; i < 5; i++ {
		end("dropped")
	}
}

//go:noinline
func hold(ready, wake chan bool) {
	ctx := end("stack")
	ready <- true
	<-wake
	if ctx.Err() == nil {
		panic("it is ended")
	}
}

// beside calls it on a stack that is gone afterwards, with what the call left there.
func beside(call func()) {
	done := make(chan bool)
	go func() {
		call()
		done <- true
	}()
	<-done
}

func main() {
	debug.SetGCPercent(-1)
	beside(survive)
	runtime.GC()
	ready, wake := make(chan bool), make(chan bool)
	for i := 0; i < 2; i++ {
		go hold(ready, wake)
		<-ready
	}
	beside(drop)
	fmt.Println("ready")
	var buffer [1]byte
	os.Stdin.Read(buffer[:])
	runtime.KeepAlive(keep)
	close(wake)
}
