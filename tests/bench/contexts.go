// The same work as contexts.c, with Go's context package. Prints "name nanoseconds" per line.
package main

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

var sink any

func report(name string, spent time.Duration, times int) {
	fmt.Printf("%s %.2f\n", name, float64(spent.Nanoseconds())/float64(times))
}

const (
	repeats  = 5
	created  = 100000
	lookedUp = 1000000
	checked  = 3000000
	depth    = 10
	passed   = 1000000
	turns    = 20000
	tree     = 10000
	branches = 4
)

// Prints the median of some runs of once, each of which does the work so many times.
func repeat(name string, once func() time.Duration, times int) {
	once() // not counted: memory and processor get used to it
	spent := make([]time.Duration, repeats)
	for i := range spent {
		spent[i] = once()
	}
	slices.Sort(spent)
	report(name, spent[repeats/2], times)
}

func createCancel() time.Duration {
	parent, end := context.WithCancel(context.Background())
	defer end()
	start := time.Now()
	for i := 0; i < created; i++ {
		_, cancel := context.WithCancel(parent)
		cancel()
	}
	return time.Since(start)
}

func timeoutCreateCancel() time.Duration {
	parent, end := context.WithCancel(context.Background())
	defer end()
	start := time.Now()
	for i := 0; i < created; i++ {
		_, cancel := context.WithTimeout(parent, time.Hour)
		cancel()
	}
	return time.Since(start)
}

type key int

var pointee int

func valueLookup() time.Duration {
	c := context.Background()
	for i := 0; i < depth; i++ {
		c = context.WithValue(c, key(i), &pointee)
	}
	start := time.Now()
	for i := 0; i < lookedUp; i++ {
		sink = c.Value(key(0))
	}
	return time.Since(start)
}

func doneCheck() time.Duration {
	c, end := context.WithCancel(context.Background())
	defer end()
	var err error
	start := time.Now()
	for i := 0; i < checked; i++ {
		err = c.Err()
	}
	spent := time.Since(start)
	sink = err
	return spent
}

func channelUncontended() time.Duration {
	channel := make(chan int, 1)
	value := 0
	start := time.Now()
	for i := 0; i < passed; i++ {
		channel <- i
		value = <-channel
	}
	spent := time.Since(start)
	sink = value
	return spent
}

// Sends to whichever of two channels has room, and receives from whichever has a value.
func selectUncontended() time.Duration {
	one, other := make(chan int, 1), make(chan int, 1)
	value := 0
	start := time.Now()
	for i := 0; i < passed; i++ {
		select {
		case one <- i:
		case other <- i:
		}
		select {
		case value = <-one:
		case value = <-other:
		}
	}
	spent := time.Since(start)
	sink = value
	return spent
}

// A value to another goroutine and back.
func pingPong() time.Duration {
	there, back := make(chan int), make(chan int)
	go func() {
		for i := 0; i < turns; i++ {
			back <- <-there
		}
	}()
	value := 0
	start := time.Now()
	for i := 0; i < turns; i++ {
		there <- i
		value = <-back
	}
	spent := time.Since(start)
	sink = value
	return spent
}

// A tree that its root ends.
func cancelTree() time.Duration {
	all := make([]context.Context, tree)
	start := time.Now()
	root, cancel := context.WithCancel(context.Background())
	all[0] = root
	for i := 1; i < tree; i++ {
		all[i], _ = context.WithCancel(all[(i-1)/branches])
	}
	cancel()
	return time.Since(start)
}

func propagate(name string, children, rounds int) {
	var spent time.Duration
	all := make([]context.Context, children)
	for round := 0; round < rounds; round++ {
		parent, cancel := context.WithCancel(context.Background())
		for i := range all {
			all[i], _ = context.WithCancel(parent)
		}
		start := time.Now()
		cancel()
		spent += time.Since(start)
	}
	report(name, spent, children*rounds)
}

func wake(name string, waiters, rounds int) {
	var spent time.Duration
	for round := 0; round < rounds; round++ {
		c, cancel := context.WithCancel(context.Background())
		var ready, all sync.WaitGroup
		var woken atomic.Int64
		for i := 0; i < waiters; i++ {
			ready.Add(1)
			all.Add(1)
			go func() {
				ready.Done()
				<-c.Done()
				woken.Add(1)
				all.Done()
			}()
		}
		ready.Wait()
		time.Sleep(5 * time.Millisecond)
		start := time.Now()
		cancel()
		for woken.Load() < int64(waiters) {
			runtime.Gosched()
		}
		spent += time.Since(start)
		all.Wait()
	}
	report(name, spent, rounds)
}

func main() {
	repeat("create_cancel", createCancel, created)
	repeat("timeout_create_cancel", timeoutCreateCancel, created)
	repeat("value_lookup_depth_10", valueLookup, lookedUp)
	repeat("done_check", doneCheck, checked)
	repeat("channel_uncontended", channelUncontended, passed)
	repeat("select_uncontended", selectUncontended, passed)
	repeat("channel_ping_pong", pingPong, turns)
	repeat("cancel_tree_per_context", cancelTree, tree)
	propagate("propagation_1000_per_child", 1000, 200)
	propagate("propagation_100000_per_child", 100000, 4)
	wake("wake_1_waiter", 1, 100)
	wake("wake_1000_waiters", 1000, 3)
}
