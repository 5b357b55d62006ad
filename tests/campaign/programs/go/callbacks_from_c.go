// callbacks_from_c has goroutines that call C, which calls back into Go, which waits there and makes
// contexts; and C code that computes meanwhile. Ends with its standard input.
package main

// #include <stdint.h>
// extern void called_back(uintptr_t number);
// static void call_back(uintptr_t number) { called_back(number); }
// static unsigned compute(unsigned rounds)
// {
//     volatile unsigned sum = 0;
//     while (rounds-- > 0)
//         sum += rounds;
//     return sum;
// }
import "C"

import (
	"context"
	"fmt"
	"os"
	"sync"
	"time"
)

const workers = 6

type request struct {
	ctx    context.Context
	answer chan int
}

var (
	lock     sync.Mutex
	requests = map[uintptr]*request{}
)

//export called_back
func called_back(number C.uintptr_t) {
	lock.Lock()
	it := requests[uintptr(number)]
	lock.Unlock()
	limit, cancel := context.WithTimeout(it.ctx, 50*time.Millisecond)
	defer cancel()
	select {
	case it.answer <- 1:
	case <-limit.Done():
	}
}

func work(parent context.Context, number uintptr) {
	for {
		ctx, cancel := context.WithCancel(parent)
		it := &request{ctx, make(chan int)}
		lock.Lock()
		requests[number] = it
		lock.Unlock()
		done := make(chan struct{})
		go func() {
			C.compute(100000)
			select {
			case <-it.answer:
			case <-time.After(time.Millisecond):
			}
			close(done)
		}()
		C.call_back(C.uintptr_t(number))
		<-done
		cancel()
	}
}

func main() {
	parent, cancel := context.WithCancel(context.Background())
	defer cancel()
	for i := 0; i < workers; i++ {
		go work(parent, uintptr(i))
	}
	fmt.Println("ready")
	var buffer [1]byte
	os.Stdin.Read(buffer[:])
}
