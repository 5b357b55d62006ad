package main

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"os/exec"
	"os/signal"
	"reflect"
	"sync"
	"syscall"
	"time"
	"unsafe"
)

// What the standard library holds contexts in, and contexts of its own.

var (
	requests []*http.Request
	commands []*exec.Cmd
	timers   []*time.Timer
)

func init() {
	customs = append(customs, maker{"signal", func(g *garden, parent *node) *node {
		ctx, stop := signal.NotifyContext(parent.ctx, syscall.SIGUSR1)
		inner := g.add(parent, "inside-signal", embedded(ctx)) // who has the other can cancel it
		n := g.add(inner, "signal", ctx)
		inner.cancel, n.cancel, n.stop = stop, stop, stop
		return n
	}})
	ways = append(ways,
		way{"http.Request", func(g *garden, n *node) {
			request, err := http.NewRequest("GET", "http://localhost/", nil)
			if err != nil {
				panic(err)
			}
			requests = append(requests, request.WithContext(n.ctx))
		}, nil},
		way{"exec.Cmd", func(g *garden, n *node) {
			commands = append(commands, exec.CommandContext(n.ctx, "/bin/true"))
		}, nil},
		way{"function of a timer", func(g *garden, n *node) {
			ctx := n.ctx
			timers = append(timers, time.AfterFunc(3*time.Hour, func() { same(ctx) }))
		}, nil},
		way{"function of a dropped timer", func(g *garden, n *node) {
			ctx := n.ctx
			time.AfterFunc(3*time.Hour, func() { same(ctx) })
		}, nil})
}

// The context in the field Context of what a pointer leads to.
func embedded(ctx context.Context) context.Context {
	return reflect.ValueOf(ctx).Elem().FieldByName("Context").Interface().(context.Context)
}

// The parent of what package context made; nil of a root.
func parentOf(ctx context.Context) context.Context {
	value := reflect.ValueOf(ctx)
	if value.Kind() != reflect.Pointer || value.Elem().Kind() != reflect.Struct {
		return nil
	}
	value = value.Elem()
	for _, name := range []string{"cancelCtx", "Context"} {
		if value.Kind() == reflect.Pointer {
			value = value.Elem()
		}
		if field := value.FieldByName(name); field.IsValid() {
			value = field
		}
	}
	parent, _ := reflect.NewAt(value.Type(), unsafe.Pointer(value.UnsafeAddr())).Elem().
		Interface().(context.Context)
	return parent
}

// Writes down a chain that the library made.
func writeChain(g *garden, ctx context.Context, way string) *node {
	parent := parentOf(ctx)
	if parent == nil {
		return g.add(nil, "background", ctx)
	}
	n := g.add(writeChain(g, parent, way), "library", ctx)
	n.way = way
	return n
}

func (n *node) writeAll() {
	for at := n; at != nil; at = at.parent {
		at.write(at.way, false)
		book.setCancel(at.number, "unclear")
	}
}

// A server that rests: one connection whose handler waits, and one that waits for its next request.
func serve(g *garden) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	var leaf, connection *node
	var lock sync.Mutex
	inside := newGate()
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		lock.Lock()
		if r.URL.Path == "/wait" {
			leaf = writeChain(g, r.Context(), "request of a server")
			leaf.writeAll()
			lock.Unlock()
			inside.open()
			<-parked
		} else {
			connection = writeChain(g, parentOf(r.Context()), "connection of a server")
			connection.writeAll()
			lock.Unlock()
			fmt.Fprintln(w, "done")
		}
	})}
	keep(server)
	go server.Serve(listener)
	for _, path := range []string{"/wait", "/"} {
		conn, err := net.Dial("tcp", listener.Addr().String())
		if err != nil {
			panic(err)
		}
		keptNets = append(keptNets, conn)
		fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n", path)
		if path == "/" {
			http.ReadResponse(bufio.NewReader(conn), nil)
		}
	}
	inside.wait()
}
