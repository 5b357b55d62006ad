// steady checks itself while something is done to it: its system calls return no EINTR, what it
// calculates comes out as before, what it sends arrives, its stacks and its heap hold what was put
// there. It answers each line of its input with "ok ROUNDS", or with what was wrong.
//
// With -profile it has a CPU profile taken of itself, so that signals keep coming.
package main

import (
	"bufio"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"runtime"
	"runtime/pprof"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"
)

var (
	rounds int64
	wrong  firstText
)

type firstText struct{ text unsafe.Pointer }

func (t *firstText) set(format string, arguments ...interface{}) {
	text := fmt.Sprintf(format, arguments...)
	atomic.CompareAndSwapPointer(&t.text, nil, unsafe.Pointer(&text))
}

func (t *firstText) get() string {
	if text := (*string)(atomic.LoadPointer(&t.text)); text != nil {
		return *text
	}
	return ""
}

// sleeps makes the calls that a stop interrupts itself, so that it sees what they return. Signals,
// of which the runtime sends some, may interrupt them: this thread gets none.
func sleeps() {
	runtime.LockOSThread()
	all := ^uint64(0)
	_, _, number := syscall.Syscall6(syscall.SYS_RT_SIGPROCMASK, 2, uintptr(unsafe.Pointer(&all)),
		0, 8, 0, 0)
	if number != 0 {
		wrong.set("rt_sigprocmask: %v", number)
	}
	for {
		request := syscall.Timespec{Nsec: 300000}
		_, _, number := syscall.Syscall(syscall.SYS_NANOSLEEP, uintptr(unsafe.Pointer(&request)), 0, 0)
		if number != 0 {
			wrong.set("nanosleep: %v", number)
		}
		atomic.AddInt64(&rounds, 1)
	}
}

// passes sends bytes through a pipe that blocks. Where a signal may interrupt that, it is begun again
// by the kernel: the runtime's handlers are set so.
func passes() {
	var ends [2]int
	if err := syscall.Pipe(ends[:]); err != nil {
		wrong.set("pipe: %v", err)
		return
	}
	go func() {
		for value := byte(0); ; value++ {
			if n, err := syscall.Write(ends[1], []byte{value}); n != 1 || err != nil {
				wrong.set("write: %d, %v", n, err)
			}
			time.Sleep(200 * time.Microsecond)
		}
	}()
	for value := byte(0); ; value++ {
		var got [1]byte
		n, err := syscall.Read(ends[0], got[:])
		if n != 1 || err != nil || got[0] != value {
			wrong.set("read: %d, %v, %d and not %d", n, err, got[0], value)
			return
		}
		atomic.AddInt64(&rounds, 1)
	}
}

// calculates keeps numbers in floating-point registers for long.
func calculates() {
	series := func() float64 {
		sum, sign := 0.0, 1.0
		for i := 0; i < 200000; i++ {
			sum += sign / float64(2*i+1) * math.Sqrt(float64(i+1)) / math.Sqrt(float64(i+1))
			sign = -sign
		}
		return sum
	}
	for first := series(); ; {
		if again := series(); again != first {
			wrong.set("sum: %v and not %v", again, first)
		}
		atomic.AddInt64(&rounds, 1)
		time.Sleep(time.Millisecond)
	}
}

type leaf struct {
	next  *leaf
	value int
}

// grows makes garbage, and a stack that is copied as it grows.
func grows() {
	var deep func(depth int, canary [16]int) int
	deep = func(depth int, canary [16]int) int {
		if depth == 0 {
			return canary[7]
		}
		canary[7]++
		return deep(depth-1, canary)
	}
	for {
		var list *leaf
		for i := 0; i < 20000; i++ {
			list = &leaf{list, i}
		}
		for i := 19999; list != nil; i, list = i-1, list.next {
			if list.value != i {
				wrong.set("list: %d and not %d", list.value, i)
			}
		}
		if got := deep(500, [16]int{}); got != 500 {
			wrong.set("stack: %d and not 500", got)
		}
		atomic.AddInt64(&rounds, 1)
		time.Sleep(time.Millisecond)
	}
}

// talks hands a counter round a ring of goroutines.
func talks() {
	first := make(chan int)
	last := first
	for i := 0; i < 16; i++ {
		next := make(chan int)
		go func(from, to chan int) {
			for value := range from {
				to <- value + 1
			}
		}(last, next)
		last = next
	}
	for {
		first <- 0
		if got := <-last; got != 16 {
			wrong.set("ring: %d and not 16", got)
		}
		atomic.AddInt64(&rounds, 1)
		time.Sleep(100 * time.Microsecond)
	}
}

func main() {
	profile := flag.Bool("profile", false, "have a CPU profile taken")
	flag.Parse()
	if *profile {
		if err := pprof.StartCPUProfile(io.Discard); err != nil {
			panic(err)
		}
	}
	for _, f := range []func(){sleeps, passes, calculates, grows, talks} {
		go f()
	}
	fmt.Println("ready")
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		before := atomic.LoadInt64(&rounds)
		for atomic.LoadInt64(&rounds) < before+100 && wrong.get() == "" {
			time.Sleep(time.Millisecond)
		}
		if text := wrong.get(); text != "" {
			fmt.Println("wrong:", text)
		} else {
			fmt.Println("ok", atomic.LoadInt64(&rounds))
		}
	}
}
