// hidden knows what is waited for in ways that the collector does not follow, for as long as something
// else keeps it: as a number, or in memory that it made itself. Everybody is woken. Ends with its
// standard input.
//
//	hidden uintptr|pages
package main

import (
	"fmt"
	"os"
	"runtime"
	"syscall"
	"time"
	"unsafe"
)

const waiters = 8

type request struct {
	answer chan int
}

// In the heap, where nothing is moved.
//
//go:noinline
func newRequest() *request {
	return &request{answer: make(chan int)}
}

var numbers [waiters]uintptr

// The waiter's own stack keeps the request alive for as long as it waits.
func wait(place *uintptr, count *int) {
	for {
		it := newRequest()
		*place = uintptr(unsafe.Pointer(it))
		*count += <-it.answer
		runtime.KeepAlive(it)
	}
}

func wake(place *uintptr) {
	if number := *place; number != 0 {
		*place = 0
		// By way of a pointer to the number, as C libraries give back what they were given.
		it := *(**request)(unsafe.Pointer(&number))
		it.answer <- 1
	}
}

func pages() []uintptr {
	bytes, err := syscall.Mmap(-1, 0, 4096, syscall.PROT_READ|syscall.PROT_WRITE,
		syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		panic(err)
	}
	return (*[waiters]uintptr)(unsafe.Pointer(&bytes[0]))[:]
}

func main() {
	places := numbers[:]
	if len(os.Args) > 1 && os.Args[1] == "pages" {
		places = pages()
	}
	var counts [waiters]int
	for i := range places {
		go wait(&places[i], &counts[i])
	}
	go func() {
		for {
			time.Sleep(2 * time.Second)
			runtime.GC() // nothing is found by accident
			for i := range places {
				wake(&places[i])
			}
		}
	}()
	fmt.Println("ready")
	var buffer [1]byte
	os.Stdin.Read(buffer[:])
}
