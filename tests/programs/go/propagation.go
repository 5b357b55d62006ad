// propagation is clean: every context is cancelled, and its cancel function is in a global variable
// until then. Each parent has many children, and a goroutine waits for the last of them, so that a
// look falls between the end of a parent and that of its children: the parent has ended, the children
// are open. Nothing may be claimed of them.
package main

import (
	"context"
	"fmt"
	"os"
	"time"
)

type key struct{}

const children = 20000

var cancels []context.CancelFunc

func round(root context.Context) {
	parent, cancel := context.WithCancel(root)
	last := parent
	for i := 0; i < children; i++ {
		child, cancelChild := context.WithCancel(context.WithValue(parent, key{}, i))
		child.Done()
		cancels = append(cancels, cancelChild)
		last = child
	}
	done := make(chan struct{})
	go func() {
		<-last.Done()
		close(done)
	}()
	cancel()
	<-done
	for _, cancelChild := range cancels {
		cancelChild()
	}
	cancels = cancels[:0]
	time.Sleep(time.Millisecond)
}

func main() {
	root, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		for {
			round(root)
		}
	}()
	fmt.Println("ready")
	var buffer [1]byte
	os.Stdin.Read(buffer[:])
}
