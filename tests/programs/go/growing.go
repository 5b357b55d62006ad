// growing serves requests as fast as it can, each with a goroutine and a context of its own. With
// -leak every twentieth goroutine is stuck for good, in the function stuck, and every such request
// leaves a context behind below the one of the session, which somebody could still cancel. Without,
// everything that is made ends. It says "ready", and ends when its standard input is closed.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"sync"
	"time"
)

type key string

type session struct {
	ctx     context.Context
	leak    bool
	lock    sync.Mutex
	number  int
	cancels []context.CancelFunc
	never   chan int
}

//go:noinline
func (s *session) stuck() { <-s.never }

func (s *session) next() int {
	s.lock.Lock()
	defer s.lock.Unlock()
	s.number++
	return s.number
}

func (s *session) remember(cancel context.CancelFunc) {
	s.lock.Lock()
	defer s.lock.Unlock()
	s.cancels = append(s.cancels, cancel)
}

// serve is what the goroutine of a request does.
func (s *session) serve(ctx context.Context, number int, done chan<- int) {
	time.Sleep(time.Duration(1+number%3) * time.Millisecond)
	done <- number
	if s.leak && number%20 == 0 {
		s.stuck()
	}
}

func (s *session) request() {
	number := s.next()
	ctx, cancel := context.WithCancel(s.ctx)
	if s.leak && number%20 == 0 {
		s.remember(cancel)
	} else {
		defer cancel()
	}
	done := make(chan int, 1)
	go s.serve(ctx, number, done)
	select {
	case <-done:
	case <-ctx.Done():
	}
}

func main() {
	leak := flag.Bool("leak", false, "leave goroutines and contexts behind")
	flag.Parse()
	base, stop := context.WithCancel(context.Background())
	s := &session{ctx: context.WithValue(base, key("session"), 1), leak: *leak, never: make(chan int)}
	var group sync.WaitGroup
	for worker := 0; worker < 8; worker++ {
		group.Add(1)
		go func() {
			defer group.Done()
			for base.Err() == nil {
				s.request()
			}
		}()
	}
	fmt.Println("ready")
	var buffer [1]byte
	os.Stdin.Read(buffer[:])
	stop()
	group.Wait()
	fmt.Fprintln(os.Stderr, len(s.cancels), s.number, cap(s.never))
}
