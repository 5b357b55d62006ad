// crowd GOROUTINES MEGABYTES: that many goroutines, each waiting for a context of its own, and that
// much heap full of pointers. Says "ready" and how long its own dump of goroutines takes, and waits
// until its standard input is closed.
package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"runtime"
	"runtime/pprof"
	"strconv"
	"time"
)

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

//go:noinline
func waiter(ctx context.Context) { <-ctx.Done() }

func main() {
	goroutines, _ := strconv.Atoi(os.Args[1])
	megabytes, _ := strconv.Atoi(os.Args[2])
	parent, cancel := context.WithCancel(context.Background())
	var forest []*node
	for i := 0; i < megabytes; i++ {
		forest = append(forest, tree(14)) // 32767 nodes of 32 bytes
	}
	cancels := make([]context.CancelFunc, 0, goroutines)
	for i := 0; i < goroutines; i++ {
		ctx, cancel := context.WithCancel(parent)
		cancels = append(cancels, cancel)
		go waiter(ctx)
	}
	runtime.GC()
	time.Sleep(100 * time.Millisecond)
	before := time.Now()
	var dump bytes.Buffer
	pprof.Lookup("goroutine").WriteTo(&dump, 2)
	fmt.Println("ready", time.Since(before).Milliseconds())
	var buffer [1]byte
	os.Stdin.Read(buffer[:])
	runtime.KeepAlive(forest)
	runtime.KeepAlive(cancels)
	cancel()
}
