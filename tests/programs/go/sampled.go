// sampled makes contexts, and goroutines that wait, at places whose stacks it knows, while its own
// memory profiler runs. Of the five that it loses it samples three at most.
//
//	sampled DIRECTORY RATE:COUNT    runtime.MemProfileRate, and how many contexts of each place
//
// It writes each place with its stack to the file "truth" in that directory, says "ready", and
// waits until its standard input is closed. The place of a context is the content of its key, or of
// that of the first value context above it.
package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"sync"
	"time"
)

type place string

type account struct {
	name    [100]byte
	mutex   sync.Mutex
	entries []int
}

var keep []any
var warm []byte
var truth *os.File
var told = map[string]bool{}

// tell writes where its caller was called from, and its caller.
func tell(name string) {
	if told[name] {
		return
	}
	told[name] = true
	var addresses [64]uintptr
	frames := runtime.CallersFrames(addresses[:runtime.Callers(2, addresses[:])])
	for more := true; more; {
		var frame runtime.Frame
		frame, more = frames.Next()
		if frame.Function != "" && frame.Function != "runtime.goexit" {
			fmt.Fprintln(truth, name, frame.Function, frame.Line)
		}
	}
}

//go:noinline
func cancels(parent context.Context, number int) {
	ctx := context.WithValue(parent, place("cancels"), number)
	ctx, cancel := context.WithCancel(ctx)
	keep = append(keep, ctx, cancel)
	tell("cancels")
}

//go:noinline
func deadlines(parent context.Context, number int) {
	ctx := context.WithValue(parent, place("deadlines"), number)
	ctx, cancel := context.WithTimeout(ctx, time.Hour)
	keep = append(keep, ctx, cancel)
	tell("deadlines")
}

// inlined is, so that its frame is one of those that no machine has.
func inlined(parent context.Context) (context.Context, context.CancelFunc) {
	return context.WithCancel(parent)
}

//go:noinline
func outer(parent context.Context, number int) {
	ctx, cancel := inlined(context.WithValue(parent, place("outer"), number))
	keep = append(keep, ctx, cancel)
	tell("outer")
}

//go:noinline
func deep(parent context.Context, number, depth int) {
	if depth > 0 {
		deep(parent, number, depth-1)
		return
	}
	ctx := context.WithValue(parent, place("deep"), number)
	ctx, cancel := context.WithCancel(ctx)
	keep = append(keep, ctx, cancel)
	tell("deep")
}

// loses makes contexts that nobody can cancel.
//
//go:noinline
func loses(parent context.Context, number int) {
	ctx := context.WithValue(parent, place("loses"), number)
	context.WithCancel(ctx)
	tell("loses")
}

//go:noinline
func channels() {
	results := make(chan int)
	tell("channels")
	for i := 0; i < 3; i++ {
		go func() { results <- i }()
	}
	keep = append(keep, results)
}

//go:noinline
func accounts() {
	it := &account{}
	tell("accounts")
	it.mutex.Lock()
	for i := 0; i < 2; i++ {
		go func() { it.mutex.Lock() }()
	}
	keep = append(keep, it)
}

// sleeps waits for a timer that is the goroutine's, for all of its sleeps.
//
//go:noinline
func sleeps() { time.Sleep(time.Hour) }

func main() {
	var count int
	_, err := fmt.Sscanf(os.Args[2], "%d:%d", &runtime.MemProfileRate, &count)
	if err != nil {
		panic(err)
	}
	if truth, err = os.Create(filepath.Join(os.Args[1], "truth")); err != nil {
		panic(err)
	}
	runtime.GOMAXPROCS(1)     // each P has a rate of its own
	for i := 0; i < 64; i++ { // until a new rate counts also before Go 1.24: at the next sample
		warm = make([]byte, 1<<20)
	}
	parent, stop := context.WithCancel(context.WithValue(context.Background(), place("main"), 0))
	for i := 0; i < count; i++ {
		cancels(parent, i)
		deadlines(parent, i)
		outer(parent, i)
		deep(parent, i, 40)
	}
	tell("main")
	channels()
	accounts()
	go sleeps()
	for i := 0; i < 3; i++ {
		loses(parent, i)
	}
	runtime.MemProfileRate = 0
	warm = make([]byte, 100) // since Go 1.24 one more is sampled, for a new rate to count
	for i := 0; i < 2; i++ {
		loses(parent, i)
	}
	if err := truth.Close(); err != nil {
		panic(err)
	}
	for i := 0; i < 20; i++ { // until all of them wait
		time.Sleep(10 * time.Millisecond)
	}
	fmt.Println("ready")
	var buffer [1]byte
	os.Stdin.Read(buffer[:])
	pprof.Lookup("heap").Count() // a program that never reads the profile does not sample
	stop()
	runtime.KeepAlive(keep)
}
