// naps MILLISECONDS TIMES: sleeps that often for that long, by the runtime's timers and, on a thread
// of its own, in a system call that a stop would interrupt; and has a leaked goroutine. Says "ready",
// then how late the latest awakening was in milliseconds, of either, and how often the system call
// was interrupted; and waits until its standard input is closed.
package main

import (
	"fmt"
	"os"
	"strconv"
	"syscall"
	"time"
)

//go:noinline
func leaked(channel chan int) { <-channel }

func latest(times int, length time.Duration, nap func()) time.Duration {
	var worst time.Duration
	for i := 0; i < times; i++ {
		before := time.Now()
		nap()
		if late := time.Since(before) - length; late > worst {
			worst = late
		}
	}
	return worst
}

func main() {
	milliseconds, _ := strconv.Atoi(os.Args[1])
	times, _ := strconv.Atoi(os.Args[2])
	length := time.Duration(milliseconds) * time.Millisecond
	interrupted := 0
	inCall := make(chan time.Duration)
	go leaked(make(chan int))
	queue, err := syscall.EpollCreate1(0)
	if err != nil {
		panic(err)
	}
	go func() {
		var events [1]syscall.EpollEvent
		inCall <- latest(times, length, func() {
			_, err := syscall.EpollWait(queue, events[:], milliseconds)
			if err == syscall.EINTR {
				interrupted++
			}
		})
	}()
	fmt.Println("ready")
	byTimer := latest(times, length, func() { time.Sleep(length) })
	fmt.Println(byTimer.Milliseconds(), (<-inCall).Milliseconds(), interrupted)
	var buffer [1]byte
	os.Stdin.Read(buffer[:])
}
