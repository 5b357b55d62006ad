// watched has a context of the program's own with an end of its own. Package context has a goroutine
// for each context below it, which cancels the child when the parent ends, and is no other way to
// cancel it: one of the two is lost. Names are as in leaks.go.
package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"runtime"
	"time"
)

type lost string
type held string

type own struct {
	context.Context
	done chan struct{}
}

func (o *own) Done() <-chan struct{} { return o.done }

func (o *own) Err() error {
	select {
	case <-o.done:
		return context.Canceled
	default:
		return nil
	}
}

var keep []any

//go:noinline
func lose(parent context.Context) {
	ctx, _ := context.WithCancel(context.WithValue(parent, lost("below its own"), 1))
	keep = append(keep, ctx)
}

//go:noinline
func hold(parent context.Context) {
	ctx, cancel := context.WithCancel(context.WithValue(parent, held("below its own"), 1))
	keep = append(keep, ctx, cancel)
}

func main() {
	parent := &own{context.Background(), make(chan struct{})}
	keep = append(keep, parent)
	lose(parent)
	hold(parent)
	time.Sleep(50 * time.Millisecond)
	runtime.GC()
	runtime.GC()
	fmt.Println("ready")
	bufio.NewReader(os.Stdin).ReadString('\n')
	close(parent.done)
}
