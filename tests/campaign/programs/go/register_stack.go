// register_stack keeps what somebody waits for, or the cancel function of a context, on the stack of
// a goroutine that computes, where nothing but a register leads to it. Ends with its standard input.
//
//	register_stack state|closure|channel
package main

import (
	"context"
	"fmt"
	"io"
	"os"
)

const rounds = 2000000000

type state struct {
	cancel context.CancelFunc
	answer chan uint64
	sum    uint64
	rest   [8]uint64
}

// The last thing that each of these does with its argument is at its end: until then nothing has to
// be kept on the stack.
//
//go:noinline
func computeAndCancel(s *state, rounds uint64) {
	for i := uint64(0); i < rounds; i++ {
		s.sum += i * i
		s.rest[i&7] ^= s.sum
	}
	s.cancel()
}

//go:noinline
func computeAndAnswer(s *state, rounds uint64) {
	for i := uint64(0); i < rounds; i++ {
		s.sum += i * i
		s.rest[i&7] ^= s.sum
	}
	s.answer <- s.sum
}

// Leaves nothing of ours in registers.
//
//go:noinline
func clear(values ...interface{}) {
	fmt.Fprintln(io.Discard, values...)
}

//go:noinline
func withState(parent context.Context, rounds uint64) {
	var s state
	_, s.cancel = context.WithCancel(parent)
	clear(rounds, s.rest)
	computeAndCancel(&s, rounds)
}

//go:noinline
func call(function func(uint64), rounds uint64) {
	function(rounds)
}

//go:noinline
func withClosure(parent context.Context, rounds uint64) {
	var s state
	_, s.cancel = context.WithCancel(parent)
	clear(rounds, s.rest)
	call(func(rounds uint64) {
		for i := uint64(0); i < rounds; i++ {
			s.sum += i * i
			s.rest[i&7] ^= s.sum
		}
		s.cancel()
	}, rounds)
}

func wait(answer chan uint64, done chan struct{}) {
	<-answer
	close(done)
}

//go:noinline
func withChannel(rounds uint64) {
	var s state
	s.answer = make(chan uint64)
	done := make(chan struct{})
	go wait(s.answer, done)
	clear(rounds, s.rest)
	computeAndAnswer(&s, rounds)
	<-done
}

func main() {
	way := "state"
	if len(os.Args) > 1 {
		way = os.Args[1]
	}
	parent, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		for {
			switch way {
			case "closure":
				withClosure(parent, rounds)
			case "channel":
				withChannel(rounds)
			default:
				withState(parent, rounds)
			}
		}
	}()
	fmt.Println("ready")
	var buffer [1]byte
	os.Stdin.Read(buffer[:])
}
