// sparse: has large variables of which nothing need be copied to judge it: one without pointers that
// is full, and one with pointers of which almost nothing was ever used; and a leaked goroutine. Says
// "ready" and waits until its standard input is closed.
package main

import (
	"fmt"
	"os"
)

var full [64 << 20]byte
var unused [8 << 20]*int

//go:noinline
func leaked(channel chan int) { <-channel }

func main() {
	for i := 0; i < len(full); i += 512 {
		full[i] = byte(i >> 9)
	}
	unused[len(unused)/2] = new(int)
	*unused[len(unused)/2] = len(os.Args)
	go leaked(make(chan int))
	fmt.Println("ready")
	var buffer [1]byte
	os.Stdin.Read(buffer[:])
	fmt.Println(full[*unused[len(unused)/2]])
}
