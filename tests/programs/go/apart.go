// apart has a context of a value that only the frame of a goroutine holds, whose compiler may keep the
// words of an interface apart, and an object that looks like one; then it says "ready":
//
//	apart context   the context
//	apart alike     the object, in a frame of its own
//	apart both      both in one frame
package main

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"strings"
)

type key int

// What an object of package context with a value consists of, too.
type alike struct {
	ctx           context.Context
	first, second any
}

var parked = make(chan int)

//go:noinline
func use(context.Context) {}

//go:noinline
func useAlike(*alike) {}

func makeContext() context.Context { return context.WithValue(context.Background(), key(1), 2) }

func makeAlike() *alike { return &alike{context.Background(), key(1), 2} }

//go:noinline
func holdContext(makes func() context.Context) {
	ctx := makes()
	<-parked
	use(ctx)
}

//go:noinline
func holdAlike(makes func() *alike) {
	is := makes()
	<-parked
	useAlike(is)
}

//go:noinline
func holdBoth(makes func() context.Context, makesAlike func() *alike) {
	ctx := makes()
	is := makesAlike()
	<-parked
	use(ctx)
	useAlike(is)
}

func waitUntilParked() {
	text := make([]byte, 1<<16)
	for !strings.Contains(string(text[:runtime.Stack(text, true)]), "[chan receive]") {
		runtime.Gosched()
	}
}

func main() {
	switch os.Args[1] {
	case "context":
		go holdContext(makeContext)
	case "alike":
		go holdAlike(makeAlike)
	case "both":
		go holdBoth(makeContext, makeAlike)
	}
	waitUntilParked()
	fmt.Println("ready")
	var end [1]byte
	os.Stdin.Read(end[:])
}
