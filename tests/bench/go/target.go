// target is a large Go program that stands still, for compare_go.py to look at: goroutines that are
// blocked in all the usual ways, contexts of all kinds, and a heap full of pointers. Nothing in it
// is leaked, unless asked for with -leaks: whatever a goroutine waits for, and every cancel function,
// is held by a global variable.
//
// It prints one line, "READY goroutines=N contexts=N address=HOST:PORT", and serves
//
//	/debug/pprof/...  as every program with net/http/pprof does
//	/memory           its memory, a name and a number of bytes on each line
//	/gap/start        begins to read the monotonic clock without pause
//	/gap/stop         ends that, and tells the longest time between two readings in nanoseconds
//
// until it is killed or its standard input is closed.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"math/rand"
	"net"
	"net/http"
	_ "net/http/pprof"
	"os"
	"runtime"
	"runtime/metrics"
	"sync"
	"sync/atomic"
	"time"
)

type key int

const (
	requestKey key = iota
	userKey
)

const contextsOfRequest = 10

// request is a tree of contexts, and what the goroutines that work for it wait for.
type request struct {
	contexts []context.Context
	cancels  []context.CancelFunc
	stops    []func() bool
	receive  chan *request
	send     chan *request
	mutex    sync.Mutex
	shared   sync.RWMutex
	group    sync.WaitGroup
	ready    *sync.Cond
}

var (
	requests []*request
	heap     pile
	started  sync.WaitGroup
)

func (r *request) add(ctx context.Context, cancel context.CancelFunc) context.Context {
	r.contexts = append(r.contexts, ctx)
	if cancel != nil {
		r.cancels = append(r.cancels, cancel)
	}
	return ctx
}

// newRequest makes a request with a tree of contextsOfRequest contexts.
func newRequest(service context.Context, number int) *request {
	r := &request{receive: make(chan *request), send: make(chan *request)}
	r.ready = sync.NewCond(&sync.Mutex{})
	r.mutex.Lock()
	r.shared.Lock()
	r.group.Add(1)
	root := r.add(context.WithCancel(service))
	named := r.add(context.WithValue(root, requestKey, number), nil)
	user := r.add(context.WithValue(named, userKey, "somebody"), nil)
	for step := 0; step < 3; step++ {
		limited := r.add(context.WithTimeout(user, time.Duration(100+number%100)*time.Hour))
		r.add(context.WithCancel(limited))
	}
	r.stops = append(r.stops, context.AfterFunc(root, r.forget))
	return r
}

func (r *request) forget() { r.receive = nil }

// work blocks for ever, in a way that depends on the number.
//
//go:noinline
func (r *request) work(number int) {
	started.Done()
	r.step(number, r.contexts[number%len(r.contexts)])
}

//go:noinline
func (r *request) step(number int, ctx context.Context) {
	switch number % 20 {
	case 0, 1, 2, 3, 4, 5:
		<-ctx.Done()
	case 6, 7, 8, 9:
		r.selectOne(ctx)
	case 10, 11, 12:
		<-r.receive
	case 13:
		r.send <- r
	case 14, 15:
		r.mutex.Lock()
	case 16:
		r.shared.RLock()
	case 17:
		r.group.Wait()
	case 18:
		r.ready.L.Lock()
		r.ready.Wait()
	case 19:
		time.Sleep(1000 * time.Hour)
	}
	runtime.KeepAlive(ctx)
}

//go:noinline
func (r *request) selectOne(ctx context.Context) {
	select {
	case <-ctx.Done():
	case <-r.receive:
	case r.send <- r:
	}
}

// makeRequests returns how many contexts there are. A context that the program holds twice is
// counted once; Background is not counted.
func makeRequests(contexts int) int {
	base, cancel := context.WithCancel(context.Background())
	r := &request{}
	r.add(base, cancel)
	made := 1
	var service context.Context
	for number := 0; made < contexts; number++ {
		if number%100 == 0 {
			service = r.add(context.WithCancel(base))
			made++
		}
		requests = append(requests, newRequest(service, number))
		made += contextsOfRequest
	}
	requests = append(requests, r)
	return made
}

func startGoroutines(goroutines int) {
	started.Add(goroutines)
	for number := 0; number < goroutines; number++ {
		// The last is no request, but holds what the services hang on.
		go requests[number/10%(len(requests)-1)].work(number)
	}
	started.Wait()
	// The count of goroutines that are started is not one of those that wait already.
	time.Sleep(time.Second)
}

// leak waits for what nobody can send.
//
//go:noinline
func leak() { <-make(chan *request) }

// node, item and leaf are what the heap consists of, beside maps and slices of pointers.
type node struct {
	next, other, far *node
	item             *item
	number           int
}

type item struct {
	name  *string
	owner *node
	parts []*leaf
	value any
	count [4]int
}

type leaf struct {
	owner *item
	sizes [3]int
}

type pile struct {
	nodes []*node
	maps  []map[int]*node
	lists [][]*node
}

var names = []string{"red", "green", "blue", "yellow"}

// grow adds some ten thousand nodes with all that belongs to them, linked at random into what is
// there already.
func (p *pile) grow(random *rand.Rand) {
	const count = 10000
	block := make([]*node, 0, count)
	index := make(map[int]*node, count/2)
	for i := 0; i < count; i++ {
		n := &node{number: i, item: &item{name: &names[i%len(names)]}}
		n.item.owner = n
		n.item.value = p
		for part := 0; part < 3; part++ {
			n.item.parts = append(n.item.parts, &leaf{owner: n.item})
		}
		if len(p.nodes) > 0 {
			n.far = p.nodes[random.Intn(len(p.nodes))]
		}
		if i > 0 {
			n.next, n.other = block[random.Intn(i)], block[i-1]
		}
		block = append(block, n)
		if i%2 == 0 {
			index[i] = n
		}
	}
	p.nodes = append(p.nodes, block[0], block[count/2], block[count-1])
	p.maps = append(p.maps, index)
	p.lists = append(p.lists, block)
}

func fillHeap(megabytes uint64) {
	random := rand.New(rand.NewSource(1))
	for {
		runtime.GC()
		missing := int64(megabytes<<20) - int64(metric("/memory/classes/heap/objects:bytes"))
		if missing <= 0 {
			return
		}
		// A block has about three megabytes. Do not collect garbage for each of them.
		for blocks := missing/2/(3<<20) + 1; blocks > 0; blocks-- {
			heap.grow(random)
		}
	}
}

func metric(name string) uint64 {
	sample := []metrics.Sample{{Name: name}}
	metrics.Read(sample)
	if sample[0].Value.Kind() != metrics.KindUint64 {
		return 0
	}
	return sample[0].Value.Uint64()
}

var memoryMetrics = []string{
	"/gc/scan/heap:bytes", "/gc/scan/stack:bytes", "/gc/scan/globals:bytes",
	"/memory/classes/heap/objects:bytes", "/memory/classes/heap/unused:bytes",
	"/memory/classes/heap/stacks:bytes", "/memory/classes/total:bytes",
}

func tellMemory(response http.ResponseWriter, _ *http.Request) {
	for _, name := range memoryMetrics {
		fmt.Fprintln(response, name, metric(name))
	}
}

// ticker notes what the program itself sees of being stopped.
type ticker struct {
	watching atomic.Bool
	longest  chan time.Duration
}

var clock = ticker{longest: make(chan time.Duration)}

func (t *ticker) watch() {
	var longest time.Duration
	begin := time.Now()
	last := time.Since(begin)
	for t.watching.Load() {
		now := time.Since(begin)
		if now-last > longest {
			longest = now - last
		}
		last = now
	}
	t.longest <- longest
}

func startTicker(http.ResponseWriter, *http.Request) {
	if t := &clock; t.watching.CompareAndSwap(false, true) {
		go t.watch()
	}
}

func stopTicker(response http.ResponseWriter, _ *http.Request) {
	if t := &clock; t.watching.CompareAndSwap(true, false) {
		fmt.Fprintln(response, (<-t.longest).Nanoseconds())
	}
}

func main() {
	goroutines := flag.Int("goroutines", 100000, "how many goroutines are blocked")
	contexts := flag.Int("contexts", 100000, "how many contexts there are at least")
	megabytes := flag.Uint64("heap-megabytes", 1024, "how large the heap is at least")
	leaks := flag.Int("leaks", 0, "how many goroutines more are leaked, so that a proof has candidates")
	flag.Parse()
	for number := 0; number < *leaks; number++ {
		go leak()
	}
	made := makeRequests(*contexts)
	startGoroutines(*goroutines)
	fillHeap(*megabytes)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Fprintln(os.Stderr, "target:", err)
		os.Exit(1)
	}
	http.HandleFunc("/memory", tellMemory)
	http.HandleFunc("/gap/start", startTicker)
	http.HandleFunc("/gap/stop", stopTicker)
	go http.Serve(listener, nil)
	fmt.Printf("READY goroutines=%d contexts=%d address=%s\n", *goroutines, made, listener.Addr())
	io.Copy(io.Discard, os.Stdin)
}
