// held THREADS GOROUTINES MEGABYTES: that many threads in system calls, goroutines that wait, and that
// much heap full of pointers; and a leaked goroutine. Says "ready"; then answers each line of its
// input with the longest time in microseconds for which it was held up since the line before.
package main

import (
	"bufio"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"sync/atomic"
	"syscall"
	"time"
)

type node struct {
	next *node
	rest [7]uint64
}

//go:noinline
func leaked(channel chan int) { <-channel }

func block(threads int) {
	debug.SetMaxThreads(threads + 1000)
	var ends [2]int
	if err := syscall.Pipe(ends[:]); err != nil {
		panic(err)
	}
	for i := 0; i < threads; i++ {
		go func() {
			var buffer [1]byte
			syscall.Read(ends[0], buffer[:])
		}()
	}
}

var longest atomic.Int64

// On a thread of its own, asleep most of the time: what is in between is the pause.
func watch() {
	runtime.LockOSThread()
	nap := syscall.Timespec{Nsec: 200_000}
	for before := time.Now(); ; {
		syscall.Nanosleep(&nap, nil)
		now := time.Now()
		if gap := now.Sub(before).Microseconds(); gap > longest.Load() {
			longest.Store(gap)
		}
		before = now
	}
}

func main() {
	threads, _ := strconv.Atoi(os.Args[1])
	goroutines, _ := strconv.Atoi(os.Args[2])
	megabytes, _ := strconv.Atoi(os.Args[3])
	var list *node
	for i := 0; i < megabytes<<20/64; i++ {
		list = &node{next: list}
	}
	jobs := make(chan int)
	for i := 0; i < goroutines; i++ {
		go func() { <-jobs }()
	}
	go leaked(make(chan int))
	block(threads)
	go watch()
	time.Sleep(2 * time.Second)
	runtime.GC()
	fmt.Println("ready")
	for input := bufio.NewScanner(os.Stdin); input.Scan(); {
		fmt.Println(longest.Swap(0))
	}
	close(jobs)
	runtime.KeepAlive(list)
}
