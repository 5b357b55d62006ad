package main

import (
	"context"
	"net"
	"reflect"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// What wakes goroutines, if anything does.
var (
	awake    []any
	keptNets []any
)

func keep(things ...any) { awake = append(awake, things...) }

func channelAt(channel any) string { return masked(reflect.ValueOf(channel).Pointer()) }

// waiting is one way to wait: `prepare` fills in what is true of it and gives what waits. If
// `leaked`, nothing but the goroutine knows what would wake it.
type waiting struct {
	name    string
	prepare func(g *garden, row *goroutineRow, leaked bool) func()
	leaks   bool // can be leaked
}

func object(row *goroutineRow, kind, operation, at string) {
	row.Object, row.Operation, row.At = kind, operation, at
}

func wakes(row *goroutineRow, leaked bool, things ...any) {
	row.Wakeable = "no"
	if !leaked {
		row.Wakeable = "yes"
		keep(things...)
	}
}

func until(row *goroutineRow, after time.Duration) {
	when := time.Now().Add(after).UnixNano()
	row.Until = &when
}

var waitings = []waiting{
	{"receive", func(g *garden, row *goroutineRow, leaked bool) func() {
		channel := make(chan int, g.below(3))
		object(row, "channel", "receive", channelAt(channel))
		wakes(row, leaked, channel)
		return func() { <-channel }
	}, true},
	{"send", func(g *garden, row *goroutineRow, leaked bool) func() {
		channel := make(chan [3]int)
		object(row, "channel", "send", channelAt(channel))
		wakes(row, leaked, channel)
		return func() { channel <- [3]int{} }
	}, true},
	{"send to a full channel", func(g *garden, row *goroutineRow, leaked bool) func() {
		channel := make(chan string, 1)
		channel <- "full"
		object(row, "channel", "send", channelAt(channel))
		wakes(row, leaked, channel)
		return func() { channel <- "more" }
	}, true},
	{"receive from nil", func(g *garden, row *goroutineRow, leaked bool) func() {
		object(row, "nothing", "receive", "")
		row.Wakeable = "no"
		return func() { <-(chan int)(nil) }
	}, false},
	{"select of nothing", func(g *garden, row *goroutineRow, leaked bool) func() {
		object(row, "nothing", "unknown", "")
		row.Wakeable = "no"
		return func() { select {} }
	}, false},
	{"select", func(g *garden, row *goroutineRow, leaked bool) func() {
		one, two, three := make(chan int), make(chan string, 4), make(chan bool)
		object(row, "channel", "", "")
		row.Others = []string{channelAt(one), channelAt(two), channelAt(three)}
		wakes(row, leaked, one)
		return func() {
			select {
			case <-one:
			case <-two:
			case three <- true:
			}
		}
	}, true},
	{"mutex", func(g *garden, row *goroutineRow, leaked bool) func() {
		held := &struct {
			sync.Mutex
			pointer *int
		}{}
		held.Lock()
		object(row, "mutex", "lock", masked(reflect.ValueOf(held).Pointer()))
		wakes(row, leaked, held)
		return func() { held.Lock() }
	}, true},
	{"mutex inside", func(g *garden, row *goroutineRow, leaked bool) func() {
		held := &struct {
			pointer *int
			before  [5]int
			lock    sync.Mutex
		}{}
		held.lock.Lock()
		object(row, "mutex", "lock", masked(reflect.ValueOf(&held.lock).Pointer()))
		wakes(row, leaked, held)
		return func() { held.lock.Lock() }
	}, true},
	{"rwmutex", func(g *garden, row *goroutineRow, leaked bool) func() {
		held := &struct {
			sync.RWMutex
			pointer *int
		}{}
		held.Lock()
		object(row, "rwmutex", "lock", masked(reflect.ValueOf(held).Pointer()))
		wakes(row, leaked, held)
		return func() { held.Lock() }
	}, true},
	{"rwmutex that is read", func(g *garden, row *goroutineRow, leaked bool) func() {
		held := &struct {
			sync.RWMutex
			pointer *int
		}{}
		held.RLock()
		object(row, "rwmutex", "lock", masked(reflect.ValueOf(held).Pointer()))
		wakes(row, leaked, held)
		return func() { held.Lock() }
	}, true},
	{"read lock", func(g *garden, row *goroutineRow, leaked bool) func() {
		held := &struct {
			sync.RWMutex
			pointer *int
		}{}
		held.Lock()
		object(row, "rwmutex", "read-lock", masked(reflect.ValueOf(held).Pointer()))
		wakes(row, leaked, held)
		return func() { held.RLock() }
	}, true},
	{"wait group", func(g *garden, row *goroutineRow, leaked bool) func() {
		held := &struct {
			before  int
			group   sync.WaitGroup
			pointer *int
		}{}
		held.group.Add(1)
		object(row, "wait-group", "group-empty", masked(reflect.ValueOf(&held.group).Pointer()))
		wakes(row, leaked, held)
		return func() { held.group.Wait() }
	}, true},
	{"condition", func(g *garden, row *goroutineRow, leaked bool) func() {
		held := sync.NewCond(&sync.Mutex{})
		object(row, "condition", "condition", masked(reflect.ValueOf(held).Pointer()))
		wakes(row, leaked, held)
		return func() {
			held.L.Lock()
			held.Wait()
		}
	}, true},
	{"once", func(g *garden, row *goroutineRow, leaked bool) func() {
		held, inside := new(sync.Once), make(chan bool)
		keep(held, parked)
		go held.Do(func() {
			close(inside)
			<-parked
		})
		<-inside
		object(row, "mutex", "lock", "")
		row.Wakeable = "yes"
		return func() { held.Do(func() {}) }
	}, false},
	{"sleep", func(g *garden, row *goroutineRow, leaked bool) func() {
		after := time.Hour + time.Duration(g.below(1000))*time.Second
		object(row, "timer", "sleep", "")
		until(row, after)
		row.Wakeable = "yes"
		return func() { time.Sleep(after) }
	}, false},
	{"timer", func(g *garden, row *goroutineRow, leaked bool) func() {
		after := time.Hour + time.Duration(g.below(1000))*time.Second
		timer := time.NewTimer(after)
		until(row, after)
		object(row, "channel", "receive", channelAt(timer.C))
		row.Wakeable = "yes"
		return func() { <-timer.C }
	}, false},
	{"timer in a select", func(g *garden, row *goroutineRow, leaked bool) func() {
		after := time.Hour + time.Duration(g.below(1000))*time.Second
		timer, other := time.NewTimer(after), make(chan int)
		until(row, after)
		object(row, "channel", "", "")
		row.Others = []string{channelAt(timer.C), channelAt(other)}
		row.Wakeable = "yes"
		return func() {
			select {
			case <-timer.C:
			case <-other:
			}
		}
	}, false},
	{"ticker", func(g *garden, row *goroutineRow, leaked bool) func() {
		ticker := time.NewTicker(2 * time.Hour)
		until(row, 2*time.Hour)
		object(row, "channel", "receive", channelAt(ticker.C))
		row.Wakeable = "yes"
		return func() { <-ticker.C }
	}, false},
	{"stopped timer", func(g *garden, row *goroutineRow, leaked bool) func() {
		timer := time.NewTimer(time.Hour)
		timer.Stop()
		object(row, "channel", "receive", channelAt(timer.C))
		wakes(row, leaked, timer)
		return func() { <-timer.C }
	}, true},
	{"connection", func(g *garden, row *goroutineRow, leaked bool) func() {
		here, there := connect()
		keptNets = append(keptNets, there)
		object(row, "descriptor", "read", "")
		row.Descriptor = descriptorOf(here.(*net.TCPConn))
		row.Wakeable = "yes"
		return func() {
			var room [8]byte
			here.Read(room[:])
		}
	}, false},
	{"connection with a deadline", func(g *garden, row *goroutineRow, leaked bool) func() {
		here, there := connect()
		keptNets = append(keptNets, there)
		when := time.Now().Add(time.Hour)
		here.SetReadDeadline(when)
		until(row, time.Hour)
		object(row, "descriptor", "read", "")
		row.Descriptor = descriptorOf(here.(*net.TCPConn))
		row.Wakeable = "yes"
		return func() {
			var room [8]byte
			here.Read(room[:])
		}
	}, false},
	{"accept", func(g *garden, row *goroutineRow, leaked bool) func() {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			panic(err)
		}
		object(row, "descriptor", "accept", "")
		row.Descriptor = descriptorOf(listener.(*net.TCPListener))
		row.Wakeable = "yes"
		return func() { listener.Accept() }
	}, false},
	{"system call", func(g *garden, row *goroutineRow, leaked bool) func() {
		var ends [2]int
		if err := syscall.Pipe(ends[:]); err != nil {
			panic(err)
		}
		object(row, "syscall", "syscall", "")
		row.Wakeable = "unclear"
		return func() {
			var room [1]byte
			syscall.Read(ends[0], room[:])
		}
	}, false},
	{"receive by a locked one", func(g *garden, row *goroutineRow, leaked bool) func() {
		channel := make(chan int)
		object(row, "channel", "receive", channelAt(channel))
		wakes(row, leaked, channel)
		row.Locked = true
		return func() {
			runtime.LockOSThread()
			row.Thread = syscall.Gettid()
			<-channel
		}
	}, true},
}

func connect() (here, there net.Conn) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	defer listener.Close()
	if there, err = net.Dial("tcp", listener.Addr().String()); err != nil {
		panic(err)
	}
	if here, err = listener.Accept(); err != nil {
		panic(err)
	}
	return here, there
}

func descriptorOf(from syscall.Conn) int {
	number := -1
	raw, err := from.SyscallConn()
	if err == nil {
		raw.Control(func(descriptor uintptr) { number = int(descriptor) })
	}
	return number
}

// ---- under which context ----

// working runs `wait` with a context somewhere in its frames.
type working struct {
	name string
	run  func(ctx, other context.Context, wait func())
	sure bool // the nearest that is in use is ctx
}

//go:noinline
func workArgument(ctx context.Context, wait func()) {
	wait()
	same(ctx)
}

//go:noinline
func workLocal(hidden *[1]context.Context, wait func()) {
	ctx := hidden[0]
	hidden[0] = nil
	wait()
	same(ctx)
}

//go:noinline
func workBelow(depth int, wait func()) int {
	if depth == 0 {
		wait()
		return 0
	}
	return 1 + workBelow(depth-1, wait)
}

//go:noinline
func workOuter(ctx context.Context, wait func()) {
	workBelow(3, wait)
	same(ctx)
}

//go:noinline
func workBoth(ctx, other context.Context, wait func()) {
	workArgument(ctx, wait)
	same(other)
}

//go:noinline
func workSecond(number int, name string, ctx context.Context, wait func()) string {
	wait()
	same(ctx)
	return name
}

//go:noinline
func workDead(ctx context.Context, wait func()) {
	same(ctx)
	wait()
}

//go:noinline
func workNone(wait func()) { wait() }

type job struct {
	name string
	ctx  context.Context
}

//go:noinline
func (j *job) work(wait func()) string {
	wait()
	same(j.ctx)
	return j.name
}

var workings = []working{
	{"argument", func(ctx, _ context.Context, wait func()) { workArgument(ctx, wait) }, true},
	{"later argument", func(ctx, _ context.Context, wait func()) { workSecond(1, "a", ctx, wait) }, true},
	{"local", func(ctx, _ context.Context, wait func()) {
		workLocal(&[1]context.Context{ctx}, wait)
	}, true},
	{"outer frame", func(ctx, _ context.Context, wait func()) { workOuter(ctx, wait) }, true},
	{"nearest of two", func(ctx, other context.Context, wait func()) { workBoth(ctx, other, wait) }, true},
	{"argument that is not used again", func(ctx, _ context.Context, wait func()) {
		workDead(ctx, wait)
	}, false},
	{"field of a job", func(ctx, _ context.Context, wait func()) {
		(&job{"a job", ctx}).work(wait)
	}, false},
	{"none", nil, true},
}

// ---- goroutines ----

// The id that tracebacks have.
func goroutineID() uint64 {
	var room [64]byte
	words := strings.Fields(string(room[:runtime.Stack(room[:], false)]))
	id, err := strconv.ParseUint(words[1], 10, 64)
	if err != nil {
		panic(err)
	}
	return id
}

func startWaiting(g *garden, kind waiting, how working) {
	row := &goroutineRow{WorksBy: how.name, Waits: kind.name, Descriptor: -1}
	leaked := kind.leaks && g.chance(40)
	wait := kind.prepare(g, row, leaked)
	begin := newGate()
	row.After = time.Now().UnixNano()
	if how.run == nil {
		go func() {
			row.Goroutine = goroutineID()
			begin.open()
			workNone(wait)
		}()
	} else {
		leaf, other := g.openLeaf(), g.openLeaf()
		row.Works = masked(dataWord(leaf.ctx))
		if !how.sure {
			row.WorksBy += " (unclear)"
		}
		g.heldByFrame(leaf)
		if how.name == "nearest of two" {
			g.heldByFrame(other)
		}
		if how.name == "argument that is not used again" {
			leaf.mayBeGone()
		}
		go startWorking(row, how, leaf.ctx, other.ctx, wait, begin)
	}
	begin.wait()
	book.addGoroutine(row)
}

// It, and what only it holds.
func (n *node) mayBeGone() {
	for at := n; at != nil; at = at.parent {
		book.setAlive(at.number, "unclear")
	}
}

func (g *garden) heldByFrame(n *node) {
	holds := n.stop != nil && g.chance(50)
	if holds {
		keep(n.stop)
	}
	n.write("frame of a goroutine that waits", holds)
	n.writeParents(g)
}

// Its own frame must not have the contexts: the one below has them.
func startWorking(row *goroutineRow, how working, ctx, other context.Context, wait func(), begin gate) {
	row.Goroutine = goroutineID()
	begin.open()
	how.run(ctx, other, wait)
}

func (g *garden) openLeaf() *node {
	for {
		n := g.any(g.root())
		if n.hidden == nil && n.by == "" && n.made != "nothing" && n.made != "background" {
			return n
		}
	}
}

// A goroutine that waits for the end of a context.
func startDone(g *garden) {
	row := &goroutineRow{WorksBy: "done", Waits: "done", Descriptor: -1}
	parent := g.make("cancel", g.root())
	leaf := g.make([]string{"cancel", "timeout", "deadline"}[g.below(3)], parent)
	ctx, kept := leaf.ctx, g.below(3)
	object(row, "context", "done", masked(dataWord(ctx)))
	row.Works = row.At
	row.Wakeable = "parent"
	switch kept {
	case 0: // its cancel function is kept
		keep(leaf.stop)
		row.Wakeable = "yes"
	case 1: // only its parent's
		keep(parent.stop)
	default: // nobody's
		if leaf.made == "cancel" {
			row.Wakeable = "no"
		}
	}
	if leaf.made != "cancel" {
		row.Wakeable = "yes"
	}
	leaf.write("frame of a goroutine that waits for it", kept == 0)
	parent.write("child", kept == 1)
	parent.writeParents(g)
	begin := newGate()
	row.After = time.Now().UnixNano()
	go func() {
		row.Goroutine = goroutineID()
		begin.open()
		<-ctx.Done()
		same(ctx)
	}()
	begin.wait()
	book.addGoroutine(row)
}

// A goroutine that alone could cancel what it waits for.
func startOwnCancel(g *garden) {
	row := &goroutineRow{WorksBy: "done", Waits: "done of its own", Wakeable: "no", Descriptor: -1}
	begin := newGate()
	row.After = time.Now().UnixNano()
	go func() {
		row.Goroutine = goroutineID()
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		row.At = masked(dataWord(ctx))
		row.Object, row.Operation, row.Works = "context", "done", row.At
		book.addContext(contextRow{At: row.At, Type: "*context.cancelCtx", Made: "cancel",
			Way: "frame of a goroutine that waits for it", Parent: "single:*", Depth: 1,
			State: "open", By: "not-ended", Cancel: "unclear", Alive: "yes"})
		begin.open()
		<-ctx.Done()
		same(ctx)
	}()
	begin.wait()
	book.addGoroutine(row)
}

// Until all that were started wait, which the program's own traceback tells, with the reason.
func waitUntilAllWait() {
	room := make([]byte, 8<<20)
	for {
		dump := string(room[:runtime.Stack(room, true)])
		if book.noteStatus(dump) {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// Says what each waits for in the runtime's words. Do all wait?
func (l *ledger) noteStatus(dump string) bool {
	l.lock.Lock()
	defer l.lock.Unlock()
	now := time.Now().UnixNano()
	status := map[uint64]string{}
	for _, line := range strings.Split(dump, "\n") {
		if !strings.HasPrefix(line, "goroutine ") || !strings.HasSuffix(line, "]:") {
			continue
		}
		words := strings.SplitN(strings.TrimSuffix(line, "]:"), " [", 2)
		id, err := strconv.ParseUint(strings.Fields(words[0])[1], 10, 64)
		if err == nil && len(words) == 2 {
			status[id] = strings.SplitN(words[1], ",", 2)[0]
		}
	}
	all := true
	for _, row := range l.goroutines {
		is := status[row.Goroutine]
		if is == "running" || is == "runnable" || is == "" {
			all = false
		} else if row.Before == 0 {
			row.Status, row.Before = is, now
		}
	}
	return all
}
