// hidden_in_c keeps in memory of C what is waited for. Everybody is woken. Ends with its standard
// input.
package main

// #include <stdint.h>
// #include <stdlib.h>
import "C"

import (
	"fmt"
	"os"
	"runtime"
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

func wait(place *C.uintptr_t, count *int) {
	for {
		it := newRequest()
		*place = C.uintptr_t(uintptr(unsafe.Pointer(it)))
		*count += <-it.answer
		runtime.KeepAlive(it)
	}
}

func wake(place *C.uintptr_t) {
	if number := uintptr(*place); number != 0 {
		*place = 0
		(*(**request)(unsafe.Pointer(&number))).answer <- 1
	}
}

func main() {
	places := (*[waiters]C.uintptr_t)(C.calloc(waiters, C.sizeof_uintptr_t))
	var counts [waiters]int
	for i := range places {
		go wait(&places[i], &counts[i])
	}
	go func() {
		for {
			time.Sleep(2 * time.Second)
			runtime.GC()
			for i := range places {
				wake(&places[i])
			}
		}
	}()
	fmt.Println("ready")
	var buffer [1]byte
	os.Stdin.Read(buffer[:])
}
