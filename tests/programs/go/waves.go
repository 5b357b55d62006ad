// waves MEGABYTES: that much heap full of pointers, and contexts in it that come and go as its
// standard input says, a letter for each wish: m makes contexts, which nothing on a stack and no
// global variable holds directly; f forgets them, and leaves their memory as it is; g collects
// garbage. It answers each with a line, does nothing else by itself, and ends with its input.
package main

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
)

type wave string

type node struct {
	left, right, next *node
	value             int64
}

func tree(depth int) *node {
	if depth == 0 {
		return &node{}
	}
	return &node{left: tree(depth - 1), right: tree(depth - 1), value: int64(depth)}
}

type holder struct {
	made []context.Context
}

var keep *holder

//go:noinline
func (it *holder) makeAll() {
	for i := range it.made {
		it.made[i] = context.WithValue(context.Background(), wave("made"), i)
	}
}

//go:noinline
func (it *holder) forgetAll() {
	for i := range it.made {
		it.made[i] = nil
	}
}

// beside calls it on a stack that is gone afterwards, with what the call left there.
func beside(call func()) {
	done := make(chan bool)
	go func() {
		call()
		done <- true
	}()
	<-done
}

func main() {
	debug.SetGCPercent(-1)
	megabytes, _ := strconv.Atoi(os.Args[1])
	var forest []*node
	for i := 0; i < megabytes; i++ {
		forest = append(forest, tree(14)) // 32767 nodes of 32 bytes
	}
	keep = &holder{made: make([]context.Context, 10)}
	runtime.GC()
	fmt.Println("ready")
	var wish [1]byte
	for {
		if count, err := os.Stdin.Read(wish[:]); count == 0 || err != nil {
			break
		}
		switch wish[0] {
		case 'm':
			beside(keep.makeAll)
		case 'f':
			beside(keep.forgetAll)
		case 'g':
			runtime.GC()
		}
		fmt.Println("done")
	}
	runtime.KeepAlive(forest)
}
