// hides has goroutines that the rest of the program knows by numbers only, as it is done for C that
// calls back: the stack of each keeps what it waits for, and who has the number finds it. Where the
// garbage collector does not look these numbers are. None of them is leaked; beside them are some
// that are. Names are as in leaks.go.
package main

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"sync"
	"syscall"
	"time"
	"unsafe"
)

type lost string
type held string

type request struct {
	name string
	done chan int
}

type large struct {
	before [2000]int
	one    request
	after  [2000]*int
}

//go:noinline
func aliveReceive(it *request) {
	<-it.done
	runtime.KeepAlive(it)
}

//go:noinline
func alivePart(it *large) {
	<-it.one.done
	runtime.KeepAlive(it)
}

// As small as objects are: the first of a span are less than its number of objects from its beginning.
type small struct {
	done chan int
}

//go:noinline
func aliveSmall(it *small) {
	<-it.done
	runtime.KeepAlive(it)
}

//go:noinline
func aliveGroup(group *sync.WaitGroup) { group.Wait() }

//go:noinline
func aliveHolder(it *request, parent context.Context) {
	ctx, cancel := context.WithCancel(context.WithValue(parent, held("hidden"), 1))
	defer cancel()
	ctx.Done()
	<-it.done
	runtime.KeepAlive(it)
}

//go:noinline
func leakedReceive(it *request) {
	<-it.done
	runtime.KeepAlive(it)
}

// Knows itself by a number, which helps nobody.
//
//go:noinline
func leakedWithNumber(it *request) {
	numbers := []uintptr{uintptr(unsafe.Pointer(it))}
	<-it.done
	runtime.KeepAlive(numbers)
	runtime.KeepAlive(it)
}

type mixed struct {
	name   *string
	number uintptr
	next   *mixed
}

var (
	single uintptr
	row    [8]uintptr
	list   []uintptr
	table  = map[int]uintptr{}
	chain  *mixed
	page   []byte
	keep   []any
)

func number(it *request) uintptr { return uintptr(unsafe.Pointer(it)) }

//go:noinline
func start(name string) *request {
	it := &request{name, make(chan int)}
	go aliveReceive(it)
	return it
}

//go:noinline
func plant(parent context.Context) {
	single = number(start("a global"))
	list = append(list, 1, 2, number(start("a list")))
	table[1] = number(start("a table"))
	name := "mixed"
	chain = &mixed{&name, number(start("beside pointers")), &mixed{&name, 0, nil}}
	*(*uintptr)(unsafe.Pointer(&page[64])) = number(start("a page"))
	for i := range row {
		it := &small{make(chan int)}
		row[i] = uintptr(unsafe.Pointer(it))
		go aliveSmall(it)
	}
	group := new(sync.WaitGroup)
	group.Add(1)
	go aliveGroup(group)
	list = append(list, uintptr(unsafe.Pointer(group)))
	it := &large{one: request{"a part", make(chan int)}}
	go alivePart(it)
	list = append(list, uintptr(unsafe.Pointer(&it.one)))
	holder := &request{"a holder", make(chan int)}
	go aliveHolder(holder, parent)
	list = append(list, number(holder))

	go leakedReceive(&request{"leaked", make(chan int)})
	go leakedWithNumber(&request{"leaked", make(chan int)})
	ctx, _ := context.WithCancel(context.WithValue(parent, lost("planted"), 1))
	ctx.Done()
	keep = append(keep, ctx)
}

func main() {
	var err error
	page, err = syscall.Mmap(-1, 0, 1<<20, syscall.PROT_READ|syscall.PROT_WRITE,
		syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		panic(err)
	}
	parent, cancel := context.WithCancel(context.Background())
	keep = append(keep, cancel)
	plant(parent)
	for i := 0; i < 3; i++ {
		time.Sleep(50 * time.Millisecond)
		runtime.GC()
	}
	fmt.Println("ready")
	var buffer [1]byte
	os.Stdin.Read(buffer[:])
	runtime.KeepAlive(keep)
}
