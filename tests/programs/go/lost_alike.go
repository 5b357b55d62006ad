// lost_alike loses contexts whose parents are alike, and says "ready":
//
//	lost_alike frame    two, below two parents of one frame
//	lost_alike frame3   three of one frame
//	lost_alike loop     1000 goroutines of one function, each below its own parent
//	lost_alike table    1000, whose parents' owners are in a map of a variable
//	lost_alike list     1000, whose parents' owners are in a list of a variable
package main

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"sync"
	"time"
)

const many = 1000

type owner struct {
	next *owner
	name string
	end  context.CancelFunc
}

var table = map[int]*owner{}
var list *owner
var ready sync.WaitGroup

//go:noinline
func lose(parent context.Context) {
	ctx, _ := context.WithCancel(parent)
	ctx.Done()
}

//go:noinline
func stay() {
	ready.Done()
	<-time.After(time.Hour)
}

func frame() {
	first, endFirst := context.WithCancel(context.Background())
	defer endFirst()
	second, endSecond := context.WithCancel(context.Background())
	defer endSecond()
	lose(first)
	lose(second)
	if os.Args[1] == "frame3" {
		third, endThird := context.WithCancel(context.Background())
		lose(third)
		stay()
		endThird()
		return
	}
	stay()
}

func request() {
	parent, end := context.WithCancel(context.Background())
	defer end()
	lose(parent)
	stay()
}

func own(number int) {
	parent, end := context.WithCancel(context.Background())
	lose(parent)
	it := &owner{name: fmt.Sprint(number), end: end}
	if os.Args[1] == "table" {
		table[number] = it
		return
	}
	it.next = list
	list = it
}

func main() {
	switch os.Args[1] {
	case "frame", "frame3":
		ready.Add(1)
		go frame()
	case "loop":
		ready.Add(many)
		for i := 0; i < many; i++ {
			go request()
		}
	default:
		for i := 0; i < many; i++ {
			own(i)
		}
	}
	ready.Wait()
	time.Sleep(50 * time.Millisecond) // so that they are where they stay
	runtime.GC()
	runtime.GC()
	fmt.Println("ready")
	time.Sleep(time.Hour)
}
