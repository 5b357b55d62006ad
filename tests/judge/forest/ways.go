package main

import (
	"container/list"
	"context"
	"fmt"
	"reflect"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"
)

// What holds contexts, each in its own way; everything here is there until the program ends.
var (
	global0, global1, global2, global3 context.Context
	globalSlot                         int
	globalArray                        [40]context.Context
	globalArrayUsed                    int
	slices                             [][]context.Context
	arrays4                            []*[4]context.Context
	arrays64                           []*[64]context.Context
	smallStructs                       []*struct {
		before int
		ctx    context.Context
	}
	largeStructs []*struct {
		before [600]byte
		ctx    context.Context
		after  [80]uint64
	}
	mapsByNumber  []map[int]context.Context
	mapsByContext []map[context.Context]int
	mapsOfAny     []map[string]any
	mapsByAny     []map[any]bool
	anys          [][]any
	syncMaps      []*sync.Map
	atomics       []*atomic.Value
	lists         []*list.List
	pools         []*sync.Pool
	errs          []interface{ Err() error }
	dones         []interface{ Done() <-chan struct{} }
	deadlines     []interface{ Deadline() (time.Time, bool) }
	stringers     []fmt.Stringer
	functions     []func()
	methods       []func() error
	queues        []chan context.Context
	anyQueues     []chan any
	pointers      []*context.Context
	bare          []unsafe.Pointer
	reflected     []reflect.Value
	nested        []map[string][]*struct{ in struct{ ctx context.Context } }
	finalized     []*[4]uint64
	stops         []any
	stopMaps      []map[int]any
	taggeds       []*tagged
	wraps         []*wrap
	ofWider       []wider
	ofStructs     [][]struct {
		name string
		ctx  context.Context
	}
	structQueues []chan struct {
		ctx  context.Context
		done chan bool
	}
	groups []*struct {
		stop any
		wait sync.WaitGroup
		gate chan struct{}
		once sync.Once
		err  error
	}
	parked = make(chan int)
)

// way is a way of holding one context.
type way struct {
	name string
	hold func(g *garden, n *node)
	only func(n *node) bool // nil: of every kind that an interface leads to
}

func canBeCancelled(n *node) bool { return n.cancel != nil && n.hidden == nil && n.made != "own" }

func isOpenCancel(n *node) bool { return canBeCancelled(n) && n.by == "" }

func filler(g *garden, count int) []context.Context {
	list := make([]context.Context, count)
	for i := range list {
		list[i] = context.Background()
	}
	return list
}

func inSlice(size func(g *garden) int) func(g *garden, n *node) {
	return func(g *garden, n *node) {
		list := filler(g, size(g))
		list[g.below(len(list))] = n.ctx
		slices = append(slices, list)
	}
}

func inMap(size int) func(g *garden, n *node) {
	return func(g *garden, n *node) {
		held := map[int]context.Context{g.below(size): n.ctx}
		for i := 0; len(held) < size; i++ {
			if held[i] == nil {
				held[i] = context.Background()
			}
		}
		mapsByNumber = append(mapsByNumber, held)
	}
}

func isHashable(n *node) bool { return n.made != "call" && n.made != "dictionary" && n.hidden == nil }

func asKey(size int) func(g *garden, n *node) {
	return func(g *garden, n *node) {
		held := map[context.Context]int{n.ctx: 1}
		for i := 1; i < size; i++ {
			other := g.make("root", nil)
			other.write(fmt.Sprintf("key of a map of %d", size), false)
			held[other.ctx] = i
		}
		mapsByContext = append(mapsByContext, held)
	}
}

func inMapOfAny(size int) func(g *garden, n *node) {
	return func(g *garden, n *node) {
		held := map[string]any{"one": n.ctx}
		for i := 1; i < size; i++ {
			held[fmt.Sprint(i)] = i
		}
		mapsOfAny = append(mapsOfAny, held)
	}
}

func inAnys(size int) func(g *garden, n *node) {
	return func(g *garden, n *node) {
		held := make([]any, size)
		held[g.below(size)] = n.ctx
		anys = append(anys, held)
	}
}

// Goroutines whose frames hold a context; `parked` is never sent to.

//go:noinline
func holdArgument(ctx context.Context) {
	<-parked
	same(ctx)
}

//go:noinline
func same(ctx context.Context) context.Context { return ctx }

//go:noinline
func holdLocal(get func() context.Context) {
	ctx := get()
	get = nil
	<-parked
	same(ctx)
}

//go:noinline
func holdDeep(depth int, ctx context.Context) int {
	if depth == 0 {
		<-parked
		return 0
	}
	var room [64]int
	room[depth%64] = holdDeep(depth-1, nil)
	same(ctx)
	return room[depth%64] + 1
}

//go:noinline
func holdDefer(ctx context.Context) {
	defer same(ctx)
	<-parked
}

//go:noinline
func holdLoopDefer(ctx context.Context) {
	for i := 0; i < 2; i++ {
		defer same(ctx) // in a loop: on the heap
	}
	<-parked
}

//go:noinline
func holdSent(ctx context.Context, queue chan context.Context) { queue <- ctx }

//go:noinline
func holdSelected(ctx context.Context, queue chan context.Context) {
	select {
	case queue <- ctx:
	case <-parked:
	}
}

// The context lies in the frame itself: it does not escape.
//
//go:noinline
func holdOnStack(parent context.Context, number int, ready gate) {
	mine := tagged{"on a stack", parent, 1}
	ctx := same(&mine)
	book.addBelow(number, dataWord(ctx), "on-stack", "*main.tagged")
	ready.open()
	<-parked
	same(ctx)
}

func onceMore(get func() context.Context) func() context.Context {
	held := get
	return func() context.Context {
		ctx := held()
		held = nil
		return ctx
	}
}

var ways = []way{
	{"global", func(g *garden, n *node) {
		slot := []*context.Context{&global0, &global1, &global2, &global3}[globalSlot%4]
		if globalSlot++; globalSlot > 4 {
			globalArray[globalArrayUsed%40] = n.ctx
			globalArrayUsed++
			return
		}
		*slot = n.ctx
	}, nil},
	{"small slice", inSlice(func(g *garden) int { return 1 + g.below(32) }), nil},
	{"large slice", inSlice(func(g *garden) int { return 33 + g.below(500) }), nil},
	{"huge slice", inSlice(func(g *garden) int { return 3000 + g.below(3000) }), nil},
	{"small array", func(g *garden, n *node) {
		array := new([4]context.Context)
		array[g.below(4)] = n.ctx
		arrays4 = append(arrays4, array)
	}, nil},
	{"large array", func(g *garden, n *node) {
		array := new([64]context.Context)
		array[g.below(64)] = n.ctx
		arrays64 = append(arrays64, array)
	}, nil},
	{"small struct", func(g *garden, n *node) {
		smallStructs = append(smallStructs, &struct {
			before int
			ctx    context.Context
		}{1, n.ctx})
	}, nil},
	{"large struct", func(g *garden, n *node) {
		large := &struct {
			before [600]byte
			ctx    context.Context
			after  [80]uint64
		}{ctx: n.ctx}
		largeStructs = append(largeStructs, large)
	}, nil},
	{"value of a small map", inMap(5), nil},
	{"value of a large map", inMap(60), nil},
	{"key of a map of 3", asKey(3), isHashable},
	{"key of a map of 70", asKey(70), isHashable},
	{"any in a small map", inMapOfAny(4), nil},
	{"any in a large map", inMapOfAny(50), nil},
	{"any as a key", func(g *garden, n *node) {
		mapsByAny = append(mapsByAny, map[any]bool{n.ctx: true, 1: false})
	}, isHashable},
	{"any in a small slice", inAnys(3), nil},
	{"any in a large slice", inAnys(90), nil},
	{"sync.Map", func(g *garden, n *node) {
		held := new(sync.Map)
		held.Store("one", n.ctx)
		syncMaps = append(syncMaps, held)
	}, nil},
	{"atomic.Value", func(g *garden, n *node) {
		held := new(atomic.Value)
		held.Store(n.ctx)
		atomics = append(atomics, held)
	}, nil},
	{"container/list", func(g *garden, n *node) {
		held := list.New()
		held.PushBack(1)
		held.PushBack(n.ctx)
		lists = append(lists, held)
	}, nil},
	{"interface of Err", func(g *garden, n *node) { errs = append(errs, n.ctx) }, nil},
	{"interface of Done", func(g *garden, n *node) { dones = append(dones, n.ctx) }, nil},
	{"interface of Deadline", func(g *garden, n *node) { deadlines = append(deadlines, n.ctx) }, nil},
	{"fmt.Stringer", func(g *garden, n *node) {
		stringers = append(stringers, n.ctx.(fmt.Stringer))
	}, func(n *node) bool { _, ok := n.ctx.(fmt.Stringer); return ok }},
	{"interface of the program", func(g *garden, n *node) {
		ofWider = append(ofWider, n.ctx.(wider))
	}, func(n *node) bool { _, ok := n.ctx.(wider); return ok }},
	{"closure", func(g *garden, n *node) {
		ctx := n.ctx
		functions = append(functions, func() { same(ctx) })
	}, nil},
	{"method value", func(g *garden, n *node) { methods = append(methods, n.ctx.Err) }, nil},
	{"channel", func(g *garden, n *node) {
		queue := make(chan context.Context, 1+g.below(60))
		queue <- n.ctx
		queues = append(queues, queue)
	}, nil},
	{"channel of any", func(g *garden, n *node) {
		queue := make(chan any, 1+g.below(60))
		queue <- n.ctx
		anyQueues = append(anyQueues, queue)
	}, nil},
	{"pointer to a context", func(g *garden, n *node) {
		ctx := n.ctx
		pointers = append(pointers, &ctx)
	}, nil},
	{"unsafe.Pointer", func(g *garden, n *node) {
		ctx := n.ctx
		bare = append(bare, unsafe.Pointer(&ctx))
	}, nil},
	{"reflect.Value", func(g *garden, n *node) {
		reflected = append(reflected, reflect.ValueOf(n.ctx))
	}, nil},
	{"field of a slice", func(g *garden, n *node) {
		list := make([]struct {
			name string
			ctx  context.Context
		}, 1+g.below(100))
		list[g.below(len(list))].ctx = n.ctx
		ofStructs = append(ofStructs, list)
	}, nil},
	{"field in a channel", func(g *garden, n *node) {
		queue := make(chan struct {
			ctx  context.Context
			done chan bool
		}, 1+g.below(60))
		queue <- struct {
			ctx  context.Context
			done chan bool
		}{n.ctx, nil}
		structQueues = append(structQueues, queue)
	}, nil},
	{"on a stack", func(g *garden, n *node) {
		ready := newGate()
		n.write("child", false)
		number := n.number
		go holdOnStack(n.ctx, number, ready)
		ready.wait()
	}, nil},
	{"nested", func(g *garden, n *node) {
		held := &struct{ in struct{ ctx context.Context } }{}
		held.in.ctx = n.ctx
		nested = append(nested, map[string][]*struct{ in struct{ ctx context.Context } }{"one": {held}})
	}, nil},
	{"finalizer", func(g *garden, n *node) {
		ctx := n.ctx
		object := new([4]uint64)
		runtime.SetFinalizer(object, func(*[4]uint64) { same(ctx) })
		finalized = append(finalized, object)
	}, nil},
	{"plain pointer", func(g *garden, n *node) {
		switch is := n.ctx.(type) {
		case *tagged:
			taggeds = append(taggeds, is)
		case *wrap:
			wraps = append(wraps, is)
		}
	}, func(n *node) bool {
		return n.made == "tagged" || n.made == "wrap-pointer" || n.made == "inside-struct"
	}},
	{"cancel function", func(g *garden, n *node) { stops = append(stops, n.stop) }, canBeCancelled},
	{"cancel function in a large map", func(g *garden, n *node) {
		held := map[int]any{g.below(50): n.stop}
		for i := 0; i < 50; i++ {
			if held[i] == nil {
				held[i] = i
			}
		}
		stopMaps = append(stopMaps, held)
	}, canBeCancelled},
	{"cancel function of a group", func(g *garden, n *node) {
		groups = append(groups, &struct {
			stop any
			wait sync.WaitGroup
			gate chan struct{}
			once sync.Once
			err  error
		}{stop: n.stop, gate: make(chan struct{}, 3)})
	}, canBeCancelled},
	{"argument", func(g *garden, n *node) { go holdArgument(n.ctx) }, nil},
	{"local", func(g *garden, n *node) {
		ctx := n.ctx
		go holdLocal(onceMore(func() context.Context { return ctx }))
	}, nil},
	{"deep frame", func(g *garden, n *node) { go holdDeep(5+g.below(200), n.ctx) }, nil},
	{"defer", func(g *garden, n *node) { go holdDefer(n.ctx) }, nil},
	{"defer in a loop", func(g *garden, n *node) { go holdLoopDefer(n.ctx) }, nil},
	{"being sent", func(g *garden, n *node) {
		queue := make(chan context.Context)
		queues = append(queues, queue)
		go holdSent(n.ctx, queue)
	}, nil},
	{"being sent by a select", func(g *garden, n *node) {
		queue := make(chan context.Context)
		queues = append(queues, queue)
		go holdSelected(n.ctx, queue)
	}, nil},
}
