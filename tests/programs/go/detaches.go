// detaches makes contexts below a type of its own that does not end with its parent, as it was done
// before context.WithoutCancel: nothing links them, so that they need not be cancelled. Beside them
// are contexts below types that do end, whose cancel functions are lost. What hangs below the key
// loose is linked to nothing, what hangs below lost is lost; below watched it is a goroutine of
// package context that links it.
package main

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"time"
)

type loose string
type lost string
type watched string

// Keeps the values alone.
type detached struct{ parent context.Context }

func (detached) Deadline() (time.Time, bool) { return time.Time{}, false }
func (detached) Done() <-chan struct{}       { return nil }
func (detached) Err() error                  { return nil }
func (it detached) Value(key any) any        { return it.parent.Value(key) }

// The same, by embedding.
type without struct{ context.Context }

func (*without) Deadline() (time.Time, bool) { return time.Time{}, false }
func (*without) Done() <-chan struct{}       { return nil }
func (*without) Err() error                  { return nil }

// Ends as its parent does.
type named struct {
	context.Context
	name string
}

// Ends as its parent does, but has a channel of its own for it.
type own struct {
	context.Context
	done chan struct{}
}

func (it *own) Done() <-chan struct{} { return it.done }

var keep []any

//go:noinline
func lose(parent context.Context) {
	ctx, _ := context.WithCancel(parent)
	ctx.Done()
	keep = append(keep, ctx)
}

//go:noinline
func plant(parent context.Context) {
	lose(context.WithValue(detached{parent}, loose("detached"), 1))
	lose(context.WithValue(&without{parent}, loose("without"), 1))
	lose(context.WithValue(&named{&without{parent}, "x"}, loose("named without"), 1))
	lose(context.WithValue(&named{parent, "x"}, lost("named"), 1))
	lose(context.WithValue(&own{parent, make(chan struct{})}, watched("own"), 1))
	for i := 0; i < 100; i++ { // so many that the map of children is a large one
		lose(context.WithValue(parent, lost("many"), 1))
	}
}

func main() {
	parent, cancel := context.WithCancel(context.Background())
	plant(parent)
	for i := 0; i < 3; i++ {
		time.Sleep(50 * time.Millisecond)
		runtime.GC()
	}
	fmt.Println("ready")
	var buffer [1]byte
	os.Stdin.Read(buffer[:])
	cancel()
	runtime.KeepAlive(keep)
}
