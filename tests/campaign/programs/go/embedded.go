// embedded has contexts inside larger objects: types of its own that embed a Context and a cancel
// function, and cancel functions of which only a pointer into the middle of an object is kept. Ends
// with its standard input.
package main

import (
	"context"
	"fmt"
	"os"
	"time"
)

const sessions = 40

type session struct {
	name string
	pad  [9]int
	context.Context
	stop   context.CancelFunc
	answer chan int
}

// What is kept of a session is the address of a part of it.
var stops [sessions]*context.CancelFunc
var answers [sessions]*chan int

func open(parent context.Context, number int) {
	it := &session{name: fmt.Sprint("session ", number), answer: make(chan int)}
	it.Context, it.stop = context.WithCancel(parent)
	stops[number], answers[number] = &it.stop, &it.answer
	go serve(it)
}

// Derives from the session itself, which is a context of a type of the program's own.
func serve(it *session) {
	child, cancel := context.WithCancel(it)
	defer cancel()
	limit, cancelLimit := context.WithTimeout(child, time.Hour)
	defer cancelLimit()
	select {
	case <-limit.Done():
	case <-it.answer:
	}
}

func main() {
	parent, cancel := context.WithCancel(context.Background())
	defer cancel()
	for number := range stops {
		open(parent, number)
	}
	go func() {
		for round := 0; ; round++ {
			number := round % sessions
			if round%2 == 0 {
				*answers[number] <- 1
			}
			(*stops[number])()
			open(parent, number)
			time.Sleep(40 * time.Millisecond)
		}
	}()
	fmt.Println("ready")
	var buffer [1]byte
	os.Stdin.Read(buffer[:])
}
