// forest makes from a seed a forest of contexts and goroutines, of all kinds and held in all ways,
// and a table of what is true of them, of which nothing is kept alive. It writes that to a file,
// says so, and waits until its standard input is closed.
//
//	forest SEED FILE [OF EACH WAY] [LOST CHILDREN] [CONTEXTS OF A SLICE]
//
// Reference for the reader is the program's own knowledge: what Err, Cause and Deadline return, the
// pointers that it made. judge.py compares.
package main

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"sync"
	"time"
)

const usualRounds, usualLost, usualFilled = 3, 40, 200

// From then on what becomes garbage may not be collected.
var settled bool

// A tree in a goroutine of its own, of which nothing stays on any stack.
func plant(seed uint64, make func(g *garden)) {
	done := newGate()
	go func() {
		g := &garden{random: &random{state: seed}}
		make(g)
		for _, n := range g.nodes {
			n.drop()
		}
		done.open()
	}()
	done.wait()
}

// What was made and is held by nothing that was meant to hold it. Its finalizer tells whether it is
// gone; one that has none may be held by a timer, a watcher or its parent.
func (n *node) drop() {
	if n.written {
		return
	}
	n.write("dropped", false)
	book.setAlive(n.number, "unclear")
	if n.hidden != nil || settled {
		return
	}
	switch fmt.Sprintf("%T", n.ctx) {
	case "*context.cancelCtx", "*context.timerCtx", "*context.valueCtx":
		number := n.number
		runtime.SetFinalizer(n.ctx, func(context.Context) { book.setAlive(number, "no") })
	}
}

// What its child holds: its parents.
func (n *node) writeParents(g *garden) {
	for at := n.parent; at != nil; at = at.parent {
		holds := at.stop != nil && at.hidden == nil && g.chance(50)
		if holds {
			stops = append(stops, at.stop)
			at.write("child and cancel function", true)
		} else {
			at.write("child", false)
		}
	}
}

// Ends one of the chain, sometimes.
func (g *garden) endSome(leaf *node) {
	if !g.chance(35) {
		return
	}
	for at := leaf; at != nil; at = at.parent {
		if at.cancel != nil && g.chance(50) {
			at.end()
			return
		}
	}
}

func (g *garden) leafFor(w way) *node {
	for try := 0; try < 1000; try++ {
		n := makersOfLeaves[g.below(len(makersOfLeaves))].make(g, g.chain())
		if n.hidden == nil && (w.only == nil || w.only(n)) {
			return n
		}
	}
	panic("nothing can be held by way of " + w.name)
}

var makersOfLeaves []maker

func hold(g *garden, w way) {
	leaf := g.leafFor(w)
	g.endSome(leaf)
	isStop := leaf.stop != nil && len(w.name) >= 6 && w.name[:6] == "cancel"
	holds := isStop || leaf.stop != nil && g.chance(30)
	leaf.write(w.name, holds)
	if holds && !isStop {
		stops = append(stops, leaf.stop)
	}
	leaf.writeParents(g)
	w.hold(g, leaf)
}

// Children whose cancel functions are lost, held by the maps of their parents only.
func loseChildren(g *garden, count int) {
	parent := g.make([]string{"cancel", "timeout"}[g.below(2)], g.chain())
	if parent.by != "" {
		parent = g.make("cancel", g.root())
	}
	below := parent
	if g.chance(30) {
		below = g.make("value", parent)
	}
	parent.write("small slice", true)
	kinds := []string{"cancel", "deadline", "timeout", "cancel-cause", "after-func"}
	for i := 0; i < count; i++ {
		child := g.make(kinds[g.below(len(kinds))], below)
		if child == nil {
			child = g.make("cancel", below)
		}
		if child.hidden == nil && g.chance(30) {
			child.ctx.Done()
		}
		name := "children of its parent"
		if count > 8 {
			name = "many children of its parent"
		}
		child.write(name, false)
		child.writeParents(g)
	}
	stops = append(stops, parent.stop)
	slices = append(slices, []context.Context{parent.ctx})
}

// A slice all of whose elements are contexts, which are of a few kinds below one parent.
func fillSlice(g *garden, count int) {
	list := make([]context.Context, 0, count)
	parent := g.make("cancel", g.root())
	kinds := []string{"value", "wrap", "detach", "cancel", "wrap-pointer"}
	for i := 0; i < count; i++ {
		n := g.make(kinds[g.below(len(kinds))], parent)
		n.write("full slice", false)
		list = append(list, n.ctx)
	}
	parent.write("child", false)
	parent.writeParents(g)
	slices = append(slices, list)
}

// What a pool keeps until the collection after the next; with -race it drops one in four.
func pool(g *garden) {
	held := new(sync.Pool)
	leaf := g.make("value", g.make("cancel", g.root()))
	for i := 0; i < 10; i++ {
		held.Put(leaf.ctx)
	}
	leaf.write("sync.Pool", false)
	leaf.writeParents(g)
	pools = append(pools, held)
}

// Held by nothing but the timer that will end it.
func leaveToTimer(g *garden) {
	n := g.make([]string{"deadline", "timeout"}[g.below(2)], g.root())
	n.write("timer", false)
	n.writeParents(g)
}

// Each kind of wait with one way of working, in turn.
func startAll(seed *random, rounds int) {
	for round := 0; round < rounds; round++ {
		for _, kind := range waitings {
			kind, how := kind, workings[seed.below(len(workings))]
			plant(seed.next(), func(g *garden) { startWaiting(g, kind, how) })
		}
		for i := 0; i < 3; i++ {
			plant(seed.next(), startDone)
		}
		plant(seed.next(), startOwnCancel)
	}
}

func number(at int, usual int) int {
	if len(os.Args) <= at {
		return usual
	}
	n, err := strconv.Atoi(os.Args[at])
	if err != nil {
		panic(err)
	}
	return n
}

func main() {
	if len(os.Args) < 3 {
		fmt.Fprintln(os.Stderr, "usage: forest SEED FILE [OF EACH WAY] [LOST CHILDREN] [CONTEXTS OF A SLICE]")
		os.Exit(2)
	}
	seed := &random{state: uint64(number(1, 0))}
	makersOfLeaves = append(append(makersOfLeaves, makers...), customs...)
	rounds := number(3, usualRounds)
	for round := 0; round < rounds; round++ {
		for _, w := range ways {
			w := w
			plant(seed.next(), func(g *garden) { hold(g, w) })
		}
		plant(seed.next(), func(g *garden) { loseChildren(g, 1+g.below(8)) })
		plant(seed.next(), leaveToTimer)
		plant(seed.next(), func(g *garden) { g.endSome(g.chain()) })
	}
	plant(seed.next(), func(g *garden) { loseChildren(g, number(4, usualLost)) })
	plant(seed.next(), serve)
	plant(seed.next(), func(g *garden) { fillSlice(g, number(5, usualFilled)) })
	startAll(seed, rounds)
	waitUntilAllWait()
	settle()
	settled = true
	time.Sleep(200 * time.Millisecond)
	startAll(seed, 1)
	waitUntilAllWait()
	runtime.GC() // the first that finds these
	startAll(seed, 1)
	waitUntilAllWait()
	plant(seed.next(), pool) // which a collection would empty
	book.write(os.Args[2])
	fmt.Println("ready")
	var end [1]byte
	os.Stdin.Read(end[:])
}

// Until nothing more becomes garbage, and what became it is gone.
func settle() {
	for before := -1; before != book.gone(); {
		before = book.gone()
		for i := 0; i < 3; i++ {
			runtime.GC()
			time.Sleep(10 * time.Millisecond) // for finalizers
		}
	}
	runtime.GC()
}
