// Children of one context whose cancel functions are forgotten at once: all that knows them is their
// parent's map of children, of which Go itself tells the length.
package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"reflect"
	"runtime"
	"strconv"
)

//go:noinline
func forget(parent context.Context) {
	child, cancel := context.WithCancel(parent)
	_, _ = child, cancel
}

func main() {
	count, _ := strconv.Atoi(os.Args[1])
	parent, cancel := context.WithCancel(context.Background())
	defer cancel()
	for i := 0; i < count; i++ {
		forget(parent)
	}
	runtime.GC()
	fmt.Println("ready")
	bufio.NewReader(os.Stdin).ReadString('\n')
	length := reflect.ValueOf(parent).Elem().FieldByName("children").Len()
	fmt.Println(length)
}
