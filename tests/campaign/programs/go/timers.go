// timers has everything that a time wakes: sleeps, timers, tickers, AfterFunc with closures that hold
// what somebody waits for, deadlines, read limits of pipes. Ends with its standard input.
package main

import (
	"context"
	"fmt"
	"os"
	"time"
)

const each = 10

// Only the timer's closure knows the channel.
func byAfterFunc() {
	done := make(chan int)
	time.AfterFunc(1300*time.Millisecond, func() { done <- 1 })
	<-done
}

func byReset() {
	timer := time.NewTimer(time.Hour)
	timer.Reset(1200 * time.Millisecond)
	<-timer.C
	timer.Reset(time.Hour)
	if !timer.Stop() {
		<-timer.C
	}
}

func byTicker() {
	ticker := time.NewTicker(5 * time.Millisecond)
	for i := 0; i < 10; i++ {
		<-ticker.C
	}
	ticker.Stop()
}

func byDeadline() {
	ctx, cancel := context.WithDeadline(context.Background(), time.Now().Add(1400*time.Millisecond))
	defer cancel()
	child, cancelChild := context.WithCancel(ctx)
	defer cancelChild()
	<-child.Done()
}

func byPipe() {
	reader, writer, err := os.Pipe()
	if err != nil {
		panic(err)
	}
	reader.SetReadDeadline(time.Now().Add(1100 * time.Millisecond))
	var buffer [1]byte
	reader.Read(buffer[:])
	reader.Close()
	writer.Close()
}

// A timer's cancel function, which nobody else has.
func byCancelLater(parent context.Context) {
	ctx, cancel := context.WithCancel(parent)
	time.AfterFunc(1200*time.Millisecond, cancel)
	<-ctx.Done()
}

func main() {
	parent, cancel := context.WithCancel(context.Background())
	defer cancel()
	for _, way := range []func(){byAfterFunc, byReset, byTicker, byDeadline, byPipe,
		func() { byCancelLater(parent) }} {
		for i := 0; i < each; i++ {
			go func(way func()) {
				for {
					way()
				}
			}(way)
		}
	}
	fmt.Println("ready")
	var buffer [1]byte
	os.Stdin.Read(buffer[:])
}
