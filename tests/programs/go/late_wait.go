// late_wait has a goroutine that begins to wait long after one collection and just before the next,
// which is the one that finds it waiting. It says "ready" and when that goroutine began to wait, in
// nanoseconds since 1970, and ends when its standard input is closed.
package main

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"time"
)

//go:noinline
func wait(ctx context.Context, began chan<- int64, never <-chan int) {
	began <- time.Now().UnixNano()
	select {
	case <-never:
	case <-ctx.Done():
	}
}

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Hour)
	defer cancel()
	runtime.GC()
	time.Sleep(2 * time.Second)
	began, never := make(chan int64), make(chan int)
	go wait(ctx, began, never)
	moment := <-began
	time.Sleep(50 * time.Millisecond)
	runtime.GC()
	fmt.Println("ready")
	fmt.Println(moment)
	os.Stdin.Read(make([]byte, 1))
}
