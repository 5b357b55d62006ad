// after_funcs has functions that run when contexts end, and that are stopped before; causes; and
// contexts that live on without their parent's end. Ends with its standard input.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"
)

const each = 8

// Only the after-function wakes us.
func wokenByEnd(parent context.Context) {
	ctx, cancel := context.WithTimeoutCause(parent, 1200*time.Millisecond, errors.New("late"))
	defer cancel()
	done := make(chan int)
	context.AfterFunc(ctx, func() { done <- 1 })
	<-done
}

func stopped(parent context.Context) {
	ctx, cancel := context.WithCancelCause(parent)
	stop := context.AfterFunc(ctx, func() { panic("it was stopped") })
	time.Sleep(time.Millisecond)
	stop()
	cancel(errors.New("done"))
}

func worksOn(parent context.Context) {
	request, cancel := context.WithCancel(parent)
	detached, cancelDetached := context.WithTimeout(context.WithoutCancel(request), time.Minute)
	defer cancelDetached()
	time.AfterFunc(time.Millisecond, cancel)
	<-request.Done()
	select {
	case <-detached.Done():
	case <-time.After(1100 * time.Millisecond):
	}
}

// One context is ended by another, which it is not below.
func merged(parent context.Context) {
	first, cancelFirst := context.WithCancel(parent)
	second, cancelSecond := context.WithCancel(parent)
	stop := context.AfterFunc(second, cancelFirst)
	time.AfterFunc(2*time.Millisecond, cancelSecond)
	<-first.Done()
	stop()
}

func main() {
	parent, cancel := context.WithCancel(context.Background())
	defer cancel()
	for _, way := range []func(context.Context){wokenByEnd, stopped, worksOn, merged} {
		way := way
		for i := 0; i < each; i++ {
			go func() {

				for {
					way(parent)
				}
			}()
		}
	}
	fmt.Println("ready")
	var buffer [1]byte
	os.Stdin.Read(buffer[:])
}
