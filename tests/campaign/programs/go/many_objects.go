// many_objects has goroutines that wait for channels which objects of all sizes and shapes hold: small
// and huge ones, slices, maps, arrays, lists, interfaces, closures. Ends with its standard input.
package main

import (
	"context"
	"fmt"
	"os"
	"runtime"
)

const rounds = 60

type small struct {
	number  int
	channel chan int
}

type middle struct {
	pad     [20]int
	channel chan int
	byName  map[string]chan int
}

type big struct {
	pad     [100]int
	small   *small
	channel chan int
}

type huge struct {
	pad     [5000]int
	smalls  [10]*small
	channel chan int
	ctx     context.Context
	cancel  context.CancelFunc
}

type list struct {
	next    *list
	channel chan int
	pad     [70]uintptr
}

var roots []interface{}

func made() chan int {
	channel := make(chan int)
	go func() { <-channel }()
	return channel
}

func hold(root context.Context) {
	it := &middle{channel: made(), byName: map[string]chan int{}}
	for i := 0; i < 20; i++ {
		it.byName[fmt.Sprint(i)] = made()
	}
	giant := &huge{channel: made()}
	giant.ctx, giant.cancel = context.WithCancel(root)
	go func() { <-giant.ctx.Done() }()
	for i := range giant.smalls {
		giant.smalls[i] = &small{i, made()}
	}
	var channels []chan int
	for i := 0; i < 100; i++ {
		channels = append(channels, made())
	}
	var chain *list
	for i := 0; i < 20; i++ {
		chain = &list{next: chain, channel: made()}
	}
	closed := made()
	roots = append(roots, it, giant, channels, chain, &small{0, made()},
		&big{small: &small{1, made()}, channel: made()}, func() { close(closed) })
}

func main() {
	root, cancel := context.WithCancel(context.Background())
	for i := 0; i < rounds; i++ {
		hold(root)
	}
	runtime.GC()
	runtime.GC()
	fmt.Println("ready")
	var buffer [1]byte
	os.Stdin.Read(buffer[:])
	cancel()
	fmt.Println(len(roots))
}
