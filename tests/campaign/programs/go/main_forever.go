// main_forever sets everything up, defers what has to be undone, and then main stays for ever, which is
// how many programs' main ends. Its contexts are below one that a signal ends.
//
//	main_forever select|make|nil|group|done|library
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"sync"
	"time"
)

func work(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(100 * time.Millisecond):
		}
	}
}

func stay(way string) {
	switch way {
	case "make":
		<-make(chan struct{})
	case "nil":
		var never chan struct{}
		<-never
	case "group":
		var group sync.WaitGroup
		group.Add(1)
		group.Wait()
	case "done":
		<-context.Background().Done()
	}
	select {}
}

func serve(ctx context.Context, way string) {
	workers, cancel := context.WithCancel(ctx)
	defer cancel()
	limited, done := context.WithTimeout(ctx, time.Hour)
	defer done()
	go work(workers)
	go work(limited)
	fmt.Println("ready")
	stay(way)
}

func endWithInput() {
	var buffer [1]byte
	os.Stdin.Read(buffer[:])
	os.Exit(0)
}

func main() {
	way := "select"
	if len(os.Args) > 1 {
		way = os.Args[1]
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	go endWithInput()
	if way != "library" {
		serve(ctx, way)
	}
	go serve(ctx, way) // it is not main that stays: that one waits for a signal
	<-ctx.Done()
}
