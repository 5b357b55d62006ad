// growing serves requests as fast as it can, each with a goroutine and a context of its own. With
// -leak every twentieth goroutine is stuck for good, in the function stuck, and every such request
// leaves a context behind below the one of the session, which somebody could still cancel. Without,
// everything that is made ends. It says "ready", and ends when its standard input is closed.
//
// With -bursts it serves nothing. It collects garbage all the time, and with -leak leaves a goroutine
// behind each time; without, it has a pool of goroutines that wait for work and get it in any order,
// which was made when it was told to "pool". Told to "burst" it makes goroutines that end, told to
// "rest" it goes on for two seconds, which are some two hundred rounds. It says "done" after each.
package main

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
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

const burst, workers = 30000, 60

var pool [workers]chan int
var rounds atomic.Int64

func short(done *sync.WaitGroup) { done.Done() }

func endAll(count int) {
	var done sync.WaitGroup
	for i := 0; i < count; i++ {
		done.Add(1)
		go short(&done)
		if i%100 == 99 {
			done.Wait()
		}
	}
	done.Wait()
}

//go:noinline
func (s *session) work(orders <-chan int) {
	for range orders {
	}
}

func (s *session) makePool() {
	s.lock.Lock()
	defer s.lock.Unlock()
	for i := range pool {
		pool[i] = make(chan int)
		go s.work(pool[i])
	}
}

func (s *session) leakOne() { go s.stuck() }

func (s *session) orderWork(round int) {
	s.lock.Lock()
	defer s.lock.Unlock()
	for i := 0; i < 3 && pool[0] != nil; i++ {
		pool[(round*7+i*13)%workers] <- round
	}
}

// As many rounds at all times, however busy the machine is: what was missed is made up for.
func (s *session) goOn() {
	for began, round := time.Now(), 0; ; {
		for ; time.Since(began) > time.Duration(round)*10*time.Millisecond; round++ {
			if s.leak {
				s.leakOne()
			} else {
				s.orderWork(round)
			}
			rounds.Add(1)
		}
		runtime.GC()
		time.Sleep(10 * time.Millisecond)
	}
}

func rest() {
	until, enough := time.Now().Add(2*time.Second), rounds.Load()+100
	for time.Now().Before(until) || rounds.Load() < enough {
		time.Sleep(10 * time.Millisecond)
	}
}

func (s *session) obey() {
	input := bufio.NewScanner(os.Stdin)
	go s.goOn()
	rest()
	fmt.Println("ready")
	for input.Scan() {
		switch input.Text() {
		case "burst":
			endAll(burst)
		case "pool":
			s.makePool()
		case "rest":
			rest()
		}
		fmt.Println("done")
	}
}

func main() {
	leak := flag.Bool("leak", false, "leave goroutines and contexts behind")
	bursts := flag.Bool("bursts", false, "serve nothing, but do what is said")
	flag.Parse()
	base, stop := context.WithCancel(context.Background())
	s := &session{ctx: context.WithValue(base, key("session"), 1), leak: *leak, never: make(chan int)}
	if *bursts {
		s.obey()
		return
	}
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
