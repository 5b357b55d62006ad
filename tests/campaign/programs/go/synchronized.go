// synchronized has goroutines that wait in all ways of package sync and of channels: conditions, wait
// groups, locks for readers and writers, once, a pool, a group that ends with its first error,
// semaphores made of channels, selects with several cases, ranges. Ends with its standard input.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"
)

// What errgroup does.
type group struct {
	cancel context.CancelFunc
	wait   sync.WaitGroup
	once   sync.Once
	err    error
}

func (g *group) run(function func() error) {
	g.wait.Add(1)
	go func() {
		defer g.wait.Done()
		if err := function(); err != nil {
			g.once.Do(func() {
				g.err = err
				g.cancel()
			})
		}
	}()
}

func byGroup(parent context.Context) {
	ctx, cancel := context.WithCancel(parent)
	it := &group{cancel: cancel}
	for i := 0; i < 4; i++ {
		i := i
		it.run(func() error {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(time.Duration(i) * time.Millisecond):
				if i == 2 {
					return errors.New("two")
				}
				return nil
			}
		})
	}
	it.wait.Wait()
	cancel()
}

var (
	queueLock sync.Mutex
	queueCond = sync.NewCond(&queueLock)
	queued    int
)

func byCondition(context.Context) {
	queueLock.Lock()
	queued++
	queueCond.Signal()
	for queued > 3 {
		queueCond.Wait()
	}
	queueLock.Unlock()
}

func takeFromQueue() {
	for {
		queueLock.Lock()
		for queued == 0 {
			queueCond.Wait()
		}
		queued--
		queueCond.Broadcast()
		queueLock.Unlock()
		time.Sleep(100 * time.Microsecond)
	}
}

var shared sync.RWMutex

func byReadersAndWriters(ctx context.Context) {
	var both sync.WaitGroup
	for i := 0; i < 4; i++ {
		both.Add(1)
		go func(write bool) {
			defer both.Done()
			if write {
				shared.Lock()
				time.Sleep(time.Millisecond)
				shared.Unlock()
			} else {
				shared.RLock()
				time.Sleep(200 * time.Microsecond)
				shared.RUnlock()
			}
		}(i == 0)
	}
	both.Wait()
}

var places = make(chan struct{}, 2)

func byPlaces(parent context.Context) {
	ctx, cancel := context.WithTimeout(parent, 3*time.Millisecond)
	defer cancel()
	select {
	case places <- struct{}{}:
		time.Sleep(2 * time.Millisecond)
		<-places
	case <-ctx.Done():
	}
}

func byPipeline(parent context.Context) {
	ctx, cancel := context.WithCancel(parent)
	defer cancel()
	numbers, squares := make(chan int), make(chan int)
	go func() {
		defer close(numbers)
		for i := 0; ; i++ {
			select {
			case numbers <- i:
			case <-ctx.Done():
				return
			}
		}
	}()
	go func() {
		defer close(squares)
		for number := range numbers {
			select {
			case squares <- number * number:
			case <-ctx.Done():
				return
			}
		}
	}()
	for square := range squares {
		if square > 50 {
			return
		}
	}
}

var pool = sync.Pool{New: func() interface{} { return make(chan int, 1) }}

func byPool(context.Context) {
	channel := pool.Get().(chan int)
	go func() { channel <- 1 }()
	<-channel
	pool.Put(channel)
}

func main() {
	parent, cancel := context.WithCancel(context.Background())
	defer cancel()
	go takeFromQueue()
	for _, way := range []func(context.Context){byGroup, byCondition, byReadersAndWriters, byPlaces,
		byPipeline, byPool} {
		for i := 0; i < 3; i++ {
			go func(way func(context.Context)) {
				for {
					way(parent)
				}
			}(way)
		}
	}
	fmt.Println("ready")
	var buffer [1]byte
	os.Stdin.Read(buffer[:])
}
