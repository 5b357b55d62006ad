// A heap of many spans with contexts and leaked goroutines all over it: what is shown of its core
// when the end of that is missing must be among what the whole core shows.
package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"time"
)

type node struct{ bytes [48]byte }

var (
	nodes    []*node
	contexts []context.Context
	cancels  []context.CancelFunc
)

func leak(c chan int) { <-c }

func main() {
	root, stop := context.WithCancel(context.Background())
	defer stop()
	for i := 0; i < 2000000; i++ {
		nodes = append(nodes, &node{})
		if i%2000 == 0 {
			ctx, cancel := context.WithTimeout(root, time.Hour)
			contexts, cancels = append(contexts, ctx), append(cancels, cancel)
			go leak(make(chan int))
		}
	}
	time.Sleep(100 * time.Millisecond)
	fmt.Println("ready")
	bufio.NewReader(os.Stdin).ReadString('\n')
}
