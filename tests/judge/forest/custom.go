package main

import (
	"context"
	"sync"
	"time"
)

// Contexts as programs and libraries define them.

type wrap struct{ context.Context }

type tagged struct {
	name string
	context.Context
	number int
}

func (t *tagged) Extra() int { return t.number }

// detach is what everybody wrote before context.WithoutCancel.
type detach struct{ context.Context }

func (detach) Deadline() (time.Time, bool) { return time.Time{}, false }
func (detach) Done() <-chan struct{}       { return nil }
func (detach) Err() error                  { return nil }

// own has an end of its own.
type own struct {
	context.Context
	lock sync.Mutex
	done chan struct{}
	err  error
}

func (o *own) Done() <-chan struct{} { return o.done }

func (o *own) Err() error {
	o.lock.Lock()
	defer o.lock.Unlock()
	return o.err
}

func (o *own) end(err error) {
	o.lock.Lock()
	defer o.lock.Unlock()
	o.err = err
	close(o.done)
}

type dated struct {
	context.Context
	until time.Time
}

func (d *dated) Deadline() (time.Time, bool) { return d.until, true }

type named struct{ ctx context.Context }

func (n *named) Deadline() (time.Time, bool) { return n.ctx.Deadline() }
func (n *named) Done() <-chan struct{}       { return n.ctx.Done() }
func (n *named) Err() error                  { return n.ctx.Err() }
func (n *named) Value(key any) any           { return n.ctx.Value(key) }

type byPointer struct{ *tagged }

type wider interface {
	context.Context
	Extra() int
}

type widened struct{ wider }

type within struct {
	number int
	tagged
}

type fat struct {
	before [600]byte
	context.Context
}

type call func() context.Context

func (c call) Deadline() (time.Time, bool) { return c().Deadline() }
func (c call) Done() <-chan struct{}       { return c().Done() }
func (c call) Err() error                  { return c().Err() }
func (c call) Value(key any) any           { return c().Value(key) }

type dictionary map[string]context.Context

func (d dictionary) Deadline() (time.Time, bool) { return d["up"].Deadline() }
func (d dictionary) Done() <-chan struct{}       { return d["up"].Done() }
func (d dictionary) Err() error                  { return d["up"].Err() }
func (d dictionary) Value(key any) any           { return d["up"].Value(key) }

// Roots of the program's own.

type root int

func (root) Deadline() (time.Time, bool) { return time.Time{}, false }
func (root) Done() <-chan struct{}       { return nil }
func (root) Err() error                  { return nil }
func (root) Value(any) any               { return nil }

type nothing struct{}

func (nothing) Deadline() (time.Time, bool) { return time.Time{}, false }
func (nothing) Done() <-chan struct{}       { return nil }
func (nothing) Err() error                  { return nil }
func (nothing) Value(any) any               { return nil }

// What has a context inside.

type server struct {
	before [3]uint64
	in     wrap
	after  [2]uint64
}

// Contexts that lie in global data.
var (
	globalObjects     [100]tagged
	globalObjectsUsed int
)
