// busy computes without a break, and has a leaked goroutine and a context whose cancel function is
// lost below a value with the key lost.
package main

import (
	"context"
	"fmt"
	"os"
)

type lost string

var parent, cancelParent = context.WithCancel(context.Background())

//go:noinline
func leaked(channel chan int) { <-channel }

//go:noinline
func lose() {
	child, cancel := context.WithCancel(context.WithValue(parent, lost("plain"), 1))
	child.Done()
	_ = cancel
}

var result uint64

func compute() {
	for i := uint64(0); ; i++ {
		result += i * i
	}
}

func main() {
	defer cancelParent()
	go leaked(make(chan int))
	lose()
	go compute()
	fmt.Println("ready")
	var buffer [1]byte
	os.Stdin.Read(buffer[:])
}
