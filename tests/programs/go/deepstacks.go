// deepstacks is clean: its goroutines go deep, so that their stacks grow. Each has alone, in local
// variables and in what it deferred, the channels that others wait for, and a cancel function.
// Everything is woken and cancelled.
//
// While the runtime moves a stack (the goroutine's state is then "copystack"), the pointers in it that
// lead into itself still lead to where it was before.
package main

import (
	"context"
	"fmt"
	"os"
	"time"
)

type answer struct {
	channel chan int
	name    *string
	sum     int
}

// A frame with many pointers, as a parser has them.
//
//go:noinline
func descend(it *answer, depth int, above *[512]*string) int {
	var children [512]*string
	children[depth] = it.name
	if depth == 0 {
		return len(*children[depth])
	}
	sum := descend(it, depth-1, &children)
	if above != nil {
		sum += len(*children[depth])
	}
	return sum
}

func wait(channel chan int, done chan struct{}) {
	<-channel
	close(done)
}

// Deep first, slow afterwards; then it answers.
func work(parent context.Context) {
	name := "x"
	it := answer{channel: make(chan int), name: &name}
	_, cancel := context.WithCancel(parent)
	defer cancel()
	done := make(chan struct{})
	go wait(it.channel, done)
	it.sum = descend(&it, 400, nil)
	time.Sleep(60 * time.Millisecond)
	it.channel <- it.sum
	<-done
}

func main() {
	parent, cancel := context.WithCancel(context.Background())
	defer cancel()
	for i := 0; i < 24; i++ {
		go func() {
			for {
				finished := make(chan struct{})
				go func() {
					defer close(finished)
					work(parent)
				}()
				<-finished
			}
		}()
	}
	fmt.Println("ready")
	var buffer [1]byte
	os.Stdin.Read(buffer[:])
}
