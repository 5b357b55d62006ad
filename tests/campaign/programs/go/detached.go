// detached works on after its request has ended, under a type of the program's own that hides the
// parent's end, as programs did before WithoutCancel and as net/http does for dialling. Nothing is
// linked to the request any more, and what is made below is cancelled, or goes with who uses it. Ends
// with its standard input.
package main

import (
	"context"
	"fmt"
	"os"
	"time"
)

const servers = 8

type withoutEnd struct {
	parent context.Context
}

func (withoutEnd) Deadline() (deadline time.Time, ok bool) { return }
func (withoutEnd) Done() <-chan struct{}                   { return nil }
func (withoutEnd) Err() error                              { return nil }
func (it withoutEnd) Value(key interface{}) interface{}    { return it.parent.Value(key) }

// The dial that was begun is used up by whoever comes next: its cancel function is not needed.
func dial(ctx context.Context, ready chan<- int) {
	select {
	case <-time.After(1500 * time.Millisecond):
	case <-ctx.Done():
	}
	ready <- 1
}

func serve(parent context.Context) {
	for {
		request, cancel := context.WithTimeout(parent, time.Second)
		ready := make(chan int, 1)
		dialling, _ := context.WithCancel(withoutEnd{request})
		go dial(dialling, ready)
		audit, cancelAudit := context.WithTimeout(withoutEnd{request}, time.Minute)
		time.Sleep(5 * time.Millisecond)
		cancel()
		select {
		case <-ready:
		case <-audit.Done():
		}
		cancelAudit()
	}
}

func main() {
	parent, cancel := context.WithCancel(context.Background())
	defer cancel()
	for i := 0; i < servers; i++ {
		go serve(parent)
	}
	fmt.Println("ready")
	var buffer [1]byte
	os.Stdin.Read(buffer[:])
}
