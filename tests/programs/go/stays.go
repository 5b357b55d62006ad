// stays sets everything up, defers what has to be undone, and then stays for ever, which is how many
// a program's main ends. What its frame holds is in use: goroutines that wait for it are alive, and
// contexts whose cancel functions it has are not lost. Beside that it plants a leak and a lost
// cancel, which stay what they are. Names are as in leaks.go.
//
//	stays select|make|nil|nils|send|group|lock|condition|background|own|library
//
// With "library" it is not main that stays but another goroutine, and main waits for a signal.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"sync"
	"time"
)

type lost string
type held string

//go:noinline
func leakedReceive(channel chan int) { <-channel }

//go:noinline
func aliveReceive(channel chan int) { <-channel }

//go:noinline
func aliveWorker(ctx context.Context) { <-ctx.Done() }

//go:noinline
func stay(way string, own context.Context) {
	switch way {
	case "select", "library":
		select {}
	case "make":
		<-make(chan struct{})
	case "nil":
		var never chan struct{}
		<-never
	case "nils":
		var never chan struct{}
		select {
		case <-never:
		case <-context.Background().Done():
		}
	case "send":
		make(chan int) <- 1
	case "group":
		var group sync.WaitGroup
		group.Add(1)
		group.Wait()
	case "lock":
		mutex := new(struct {
			sync.Mutex
			data [4]int
		})
		mutex.Lock()
		mutex.Lock()
	case "condition":
		condition := sync.NewCond(new(sync.Mutex))
		condition.L.Lock()
		condition.Wait()
	case "background":
		<-context.Background().Done()
	case "own":
		<-own.Done()
	}
}

//go:noinline
func plant(parent context.Context) context.Context {
	go leakedReceive(make(chan int))
	ctx, _ := context.WithCancel(context.WithValue(parent, lost("planted"), 1))
	ctx.Done()
	return ctx
}

var keep context.Context

func setUp(way string) {
	parent, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	keep = plant(parent)
	workers, cancel := context.WithCancel(context.WithValue(parent, held("workers"), 1))
	defer cancel()
	limited, done := context.WithTimeout(context.WithValue(parent, held("limited"), 1), time.Hour)
	defer done()
	own, end := context.WithCancel(context.Background())
	defer end()
	channel := make(chan int)
	defer func() { channel <- 1 }()
	go aliveWorker(workers)
	go aliveWorker(limited)
	go aliveReceive(channel)
	go func() { // says so when all of it waits
		for i := 0; i < 3; i++ {
			time.Sleep(50 * time.Millisecond)
			runtime.GC()
		}
		fmt.Println("ready")
		var buffer [1]byte
		os.Stdin.Read(buffer[:])
		os.Exit(0)
	}()
	stay(way, own)
}

func main() {
	way := "select"
	if len(os.Args) > 1 {
		way = os.Args[1]
	}
	if way != "library" {
		setUp(way)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	go setUp(way)
	<-ctx.Done()
}
