// timed_calls TIMED: two threads, each in one system call after another, send a byte back and forth; with
// TIMED "true" each call to receive it has a time-out, of ten minutes. And a leaked goroutine. Says
// "ready", and waits until its standard input is closed.
package main

import (
	"fmt"
	"os"
	"syscall"
)

//go:noinline
func leaked(channel chan int) { <-channel }

func pass(socket int, timed bool) {
	var buffer [1]byte
	if timed {
		wait := syscall.Timeval{Sec: 600}
		if err := syscall.SetsockoptTimeval(socket, syscall.SOL_SOCKET, syscall.SO_RCVTIMEO, &wait); err != nil {
			panic(err)
		}
	}
	for {
		n, _, err := syscall.Recvfrom(socket, buffer[:], 0)
		if err == syscall.EINTR { // of the runtime's own signals: such a call is not begun again
			continue
		}
		if n != 1 || err != nil {
			panic(err)
		}
		if _, err := syscall.Write(socket, buffer[:]); err != nil {
			panic(err)
		}
	}
}

func main() {
	ends, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err != nil {
		panic(err)
	}
	go leaked(make(chan int))
	go pass(ends[0], os.Args[1] == "true")
	go pass(ends[1], os.Args[1] == "true")
	if _, err := syscall.Write(ends[0], []byte{1}); err != nil {
		panic(err)
	}
	fmt.Println("ready")
	var buffer [1]byte
	os.Stdin.Read(buffer[:])
}
