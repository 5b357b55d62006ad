// write_barrier stores pointers while the collector marks, all the time. What it has just been given, a
// cancel function and a channel that somebody waits for, lies in registers and in slots of the stack
// that no map of a call describes while the write barrier runs. Ends with its standard input.
package main

import (
	"context"
	"fmt"
	"os"
	"runtime"
)

const (
	workers = 2
	links   = 600    // more than the barrier's buffer has room for
	nodes   = 400000 // what there is to mark, so that marking hardly ever ends
)

type node struct {
	next  *node
	parts [6]*int
}

type request struct {
	parts  [links]*int
	cancel context.CancelFunc
	answer chan int
}

//go:noinline
func fill(pad *[100]int) {
	pad[7]++
}

func receive(answer chan int) {
	<-answer
}

//go:noinline
func begin(parent context.Context, into *request, part *int) {
	var pad [100]int // a frame of some size
	fill(&pad)
	answer := make(chan int)
	go receive(answer)
	_, cancel := context.WithCancel(parent)
	for i := range into.parts {
		into.parts[i] = part
	}
	into.cancel = cancel
	into.answer = answer
}

//go:noinline
func end(it *request) {
	it.answer <- 1
	cancel := it.cancel
	it.answer, it.cancel = nil, nil
	cancel()
}

func chain() *node {
	var first *node
	for i := 0; i < nodes; i++ {
		first = &node{next: first}
	}
	return first
}

func work(parent context.Context) {
	it, part := new(request), new(int)
	for {
		begin(parent, it, part)
		end(it)
	}
}

func main() {
	parent, cancel := context.WithCancel(context.Background())
	defer cancel()
	ballast := chain()
	for i := 0; i < workers; i++ {
		go work(parent)
	}
	go func() {
		for {
			runtime.GC()
			runtime.KeepAlive(ballast)
		}
	}()
	fmt.Println("ready")
	var buffer [1]byte
	os.Stdin.Read(buffer[:])
}
