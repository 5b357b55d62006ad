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
	propagate("propagation_1000_per_child", 1000, 200)
	propagate("propagation_100000_per_child", 100000, 4)
	wake("wake_1_waiter", 1, 100)
	wake("wake_1000_waiters", 1000, 3)
}
