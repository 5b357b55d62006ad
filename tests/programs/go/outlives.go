// outlives has goroutines that wait for results and do not watch the context that they work under:
// one was cancelled, one has timed out, one is open. With -watch each waits for its context, too. It
// says "ready" when the first two have ended, and ends when its standard input is closed.
package main

import (
	"context"
	"fmt"
	"os"
	"time"
)

var results = make(chan int) // of a driver that nobody hears from any more

//go:noinline
func fetch(ctx context.Context, started chan<- bool, watch bool) error {
	started <- true
	if watch {
		select {
		case <-results:
		case <-ctx.Done():
		}
	} else {
		<-results
	}
	return ctx.Err()
}

func canceled(ctx context.Context, started chan<- bool, watch bool) { fetch(ctx, started, watch) }
func timedOut(ctx context.Context, started chan<- bool, watch bool) { fetch(ctx, started, watch) }
func open(ctx context.Context, started chan<- bool, watch bool)     { fetch(ctx, started, watch) }

func main() {
	watch := len(os.Args) > 1 && os.Args[1] == "-watch"
	started := make(chan bool)
	first, cancel := context.WithCancel(context.Background())
	second, cancelSecond := context.WithTimeout(context.Background(), time.Millisecond)
	third, cancelThird := context.WithCancel(context.Background())
	defer cancelSecond()
	defer cancelThird()
	go canceled(first, started, watch)
	go timedOut(second, started, watch)
	go open(third, started, watch)
	for i := 0; i < 3; i++ {
		<-started
	}
	cancel()
	<-second.Done()
	fmt.Println("ready")
	os.Stdin.Read(make([]byte, 1))
	results <- 1
}
