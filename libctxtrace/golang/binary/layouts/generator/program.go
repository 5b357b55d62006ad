// Package main uses every type whose layout is asked for, so that its DWARF describes them.
package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/signal"
	"sync"
	"time"
)

type key struct{}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	ctx, cancel := context.WithTimeout(context.WithValue(ctx, key{}, 1), time.Second)
	defer cancel()
	var mutex sync.Mutex
	condition := sync.NewCond(&mutex)
	results := make(chan int, 1)
	go func() {
		select {
		case results <- 1:
		case <-ctx.Done():
		}
	}()
	condition.Broadcast()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err == nil {
		listener.Close()
	}
	fmt.Println(<-results, ctx.Err())
}
