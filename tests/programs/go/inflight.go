// inflight is clean: every context is cancelled or can be, and every goroutine is woken. What will do
// that is, for most of the time, known only to a goroutine that runs, in a place of which no stack
// map tells:
//
//	inflight struct   a register points to a struct on the goroutine's stack with the cancel function
//	inflight closure  a register points to a closure on the goroutine's stack that calls it
//	inflight channel  as struct, with the channel that another goroutine waits for
//	inflight barrier  a slot was filled behind the call whose map is the last before a write barrier
//	inflight shift    a slice is shifted, so that the copying has part of it in registers alone
//
// Whatever is claimed of it is wrong.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"runtime"
)

const rounds = 1000000000

type state struct {
	cancel context.CancelFunc
	wake   chan int
	sum    uint64
	rest   [8]uint64
}

// Has nothing but pointers to the state, in registers, while it computes.
//
//go:noinline
func compute(s *state) {
	for i := uint64(0); i < rounds; i++ {
		s.sum += i * i
		s.rest[i&7] ^= s.sum
	}
	if s.wake != nil {
		s.wake <- 1
	} else {
		s.cancel()
	}
}

// Leaves nothing of what was before in registers.
//
//go:noinline
func forget(parts ...interface{}) { fmt.Fprintln(io.Discard, parts...) }

//go:noinline
func viaStruct(parent context.Context) {
	var s state
	_, s.cancel = context.WithCancel(parent)
	forget(s.rest)
	compute(&s)
}

//go:noinline
func viaChannel() {
	var s state
	s.wake = make(chan int)
	done := make(chan struct{})
	go waitFor(s.wake, done)
	forget(s.rest)
	compute(&s)
	<-done
}

func waitFor(wake chan int, done chan struct{}) {
	<-wake
	close(done)
}

//go:noinline
func viaClosure(parent context.Context) {
	var sum uint64
	_, cancel := context.WithCancel(parent)
	forget(sum)
	computeThen(func() {
		cancel()
		sum++
	})
}

//go:noinline
func computeThen(then func()) {
	var sum uint64
	for i := uint64(0); i < rounds; i++ {
		sum += i*i ^ sum>>7
	}
	if sum != 1 {
		then()
	}
}

type large struct{ pointers [1 << 18]*int }

var from, to = new(large), new(large)

//go:noinline
func newCancel(parent context.Context) context.CancelFunc {
	_, cancel := context.WithCancel(parent)
	return cancel
}

// The cancel function waits in a slot until the large value was stored, with a write barrier for
// each of its words while garbage is collected.
//
//go:noinline
func viaBarrier(parent context.Context) {
	cancel := newCancel(parent)
	*to = *from
	runtime.Gosched()
	cancel()
}

func collectAlways() {
	for {
		runtime.GC()
	}
}

// Turns the queue by one place; the copying goes through registers.
//
//go:noinline
func viaShift(queue []context.CancelFunc) {
	last := queue[len(queue)-1]
	copy(queue[1:], queue)
	queue[0] = last
}

func main() {
	parent, cancel := context.WithCancel(context.Background())
	defer cancel()
	step := func() { viaStruct(parent) }
	switch os.Args[1] {
	case "closure":
		step = func() { viaClosure(parent) }
	case "channel":
		step = viaChannel
	case "barrier":
		go collectAlways()
		step = func() { viaBarrier(parent) }
	case "shift":
		queue := make([]context.CancelFunc, 31)
		for i := range queue {
			queue[i] = newCancel(parent)
		}
		step = func() { viaShift(queue) }
	}
	go func() {
		for {
			step()
		}
	}()
	fmt.Println("ready")
	var buffer [1]byte
	os.Stdin.Read(buffer[:])
}
