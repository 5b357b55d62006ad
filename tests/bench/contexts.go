// The same work as contexts.c, with Go's context package. Prints "name nanoseconds" per line.
package main

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

var sink any

func report(name string, spent time.Duration, times int) {
	fmt.Printf("%s %.2f\n", name, float64(spent.Nanoseconds())/float64(times))
}

func createCancel() {
	const times = 300000
	parent, end := context.WithCancel(context.Background())
	defer end()
	start := time.Now()
	for i := 0; i < times; i++ {
		_, cancel := context.WithCancel(parent)
		cancel()
	}
	report("create_cancel", time.Since(start), times)
}

func timeoutCreateCancel() {
	const times = 200000
	parent, end := context.WithCancel(context.Background())
	defer end()
	start := time.Now()
	for i := 0; i < times; i++ {
		_, cancel := context.WithTimeout(parent, time.Hour)
		cancel()
	}
	report("timeout_create_cancel", time.Since(start), times)
}

type key int

func valueLookup() {
	const times, depth = 3000000, 10
	c := context.Background()
	for i := 0; i < depth; i++ {
		c = context.WithValue(c, key(i), &pointee)
	}
	start := time.Now()
	for i := 0; i < times; i++ {
		sink = c.Value(key(0))
	}
	report("value_lookup_depth_10", time.Since(start), times)
}

var pointee int

func doneCheck() {
	const times = 10000000
	c, end := context.WithCancel(context.Background())
	defer end()
	var err error
	start := time.Now()
	for i := 0; i < times; i++ {
		err = c.Err()
	}
	report("done_check", time.Since(start), times)
	sink = err
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
	createCancel()
	timeoutCreateCancel()
	valueLookup()
	doneCheck()
	propagate("propagation_1000_per_child", 1000, 200)
	propagate("propagation_100000_per_child", 100000, 4)
	wake("wake_1_waiter", 1, 100)
	wake("wake_1000_waiters", 1000, 3)
}
