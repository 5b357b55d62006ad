// propagation ends contexts with very many children, over and over: a look may fall between the end
// of a parent and that of its children, whose cancel functions are held in a global variable. Ends
// with its standard input.
package main

import (
	"context"
	"fmt"
	"os"
	"time"
)

const children = 20000

type key struct{}

var cancels []context.CancelFunc

func round(root context.Context) {
	parent, cancel := context.WithCancel(root)
	for i := 0; i < children; i++ {
		child, cancelChild := context.WithCancel(context.WithValue(parent, key{}, i))
		child.Done()
		cancels = append(cancels, cancelChild)
	}
	cancel()
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
