// growing_stacks has goroutines that go deep, so that their stacks grow and are moved; each holds, in
// local variables, the channels that others wait for and the cancel function of a context. Everybody
// is woken. Ends with its standard input.
package main

import (
	"context"
	"fmt"
	"os"
	"time"
)

const workers = 24

type answer struct {
	channel chan int
	name    *string
	sum     int
}

// A frame with many pointers, as a parser has them.
//
//go:noinline
func descend(it *answer, depth int, above *[512]*string) int {
	var below [512]*string
	below[depth] = it.name
	if depth == 0 {
		return len(*below[depth])
	}
	sum := descend(it, depth-1, &below)
	if above != nil {
		sum += len(*below[depth])
	}
	return sum
}

// Deep first, slow afterwards; then it answers.
func work(ctx context.Context) {
	child, cancel := context.WithCancel(ctx)
	defer cancel()
	name := "x"
	it := answer{channel: make(chan int), name: &name}
	done := make(chan struct{})
	go func(channel chan int) {
		<-channel
		close(done)
	}(it.channel)
	it.sum = descend(&it, 400, nil)
	time.Sleep(60 * time.Millisecond)
	it.channel <- it.sum
	<-done
	if child.Err() != nil {
		panic("it was not cancelled")
	}
}

func main() {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	for i := 0; i < workers; i++ {
		go func() {
			for {
				done := make(chan struct{})
				go func() {
					defer close(done) // nobody else can wake us
					work(ctx)
				}()
				<-done
			}
		}()
	}
	fmt.Println("ready")
	var buffer [1]byte
	os.Stdin.Read(buffer[:])
}
