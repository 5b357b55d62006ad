// inside has contexts that are parts of larger objects, known by pointers into the middle alone, and
// whose cancel functions are held elsewhere: a cancelCtx behind other fields, before others, and as
// all of its object; a type of the program's own in the middle of a struct and of an array; and a
// cancel function that captured a part of its context. None of them is lost, and neither are those
// below them. Beside them are some that are. Names are as in leaks.go.
//
// Nobody but package context can embed a cancelCtx, so it is done by reflection: the type is that of
// a context that was made, the cancel function is one of package context with another capture, and
// the parent's map of children gets the part as package context would put it there.
package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"reflect"
	"runtime"
	"time"
	"unsafe"
)

type lost string
type held string

// What a cancel function is: its entry, and what it captures.
type closure struct{ entry, captured unsafe.Pointer }

type inner struct{ context.Context }

type connection struct {
	name   string
	number [3]int
	in     inner
	next   *connection
}

var cancels []any          // as one holds them: in closures
var uses []context.Context // by pointers into the middle
var children []context.Context

//go:noinline
func entryOf(cancel context.CancelFunc) unsafe.Pointer {
	return (*(**closure)(unsafe.Pointer(&cancel))).entry
}

func link(parent, child context.Context) {
	field := reflect.ValueOf(parent).Elem().FieldByName("children")
	all := reflect.NewAt(field.Type(), unsafe.Pointer(field.UnsafeAddr())).Elem()
	if all.IsNil() {
		all.Set(reflect.MakeMap(all.Type()))
	}
	all.SetMapIndex(reflect.ValueOf(child), reflect.Zero(all.Type().Elem()))
}

// The parent's first child is made by package context, so that its channel is there.
//
//go:noinline
func embed(parent context.Context, key held, before, after int) {
	template, cancel := context.WithCancel(context.Background())
	core := reflect.TypeOf(template).Elem()
	fields := []reflect.StructField{}
	words := func(name string, count int) {
		if count > 0 {
			fields = append(fields, reflect.StructField{
				Name: name, Type: reflect.ArrayOf(count, reflect.TypeOf((*int)(nil)))})
		}
	}
	words("Before", before)
	fields = append(fields, reflect.StructField{Name: "Inner", Type: core})
	words("After", after)
	part := reflect.New(reflect.StructOf(fields)).Elem().FieldByName("Inner")
	part.Set(reflect.ValueOf(template).Elem())
	ctx := part.Addr().Interface().(context.Context)
	*(*context.Context)(part.Addr().UnsafePointer()) = context.WithValue(parent, key, 1)
	ctx.Done()
	link(parent, ctx)
	function := &closure{entryOf(cancel), part.Addr().UnsafePointer()}
	cancels = append(cancels, *(*context.CancelFunc)(unsafe.Pointer(&function)))
	uses = append(uses, ctx)
	hold(ctx, "below "+key)
}

//go:noinline
func hold(parent context.Context, key held) {
	ctx, cancel := context.WithCancel(context.WithValue(parent, key, 1))
	ctx.Done()
	cancels = append(cancels, cancel)
	children = append(children, ctx)
}

//go:noinline
func lose(parent context.Context, key lost) {
	ctx, _ := context.WithCancel(context.WithValue(parent, key, 1))
	ctx.Done()
	children = append(children, ctx)
}

// Its cancel function captured a part of it.
//
//go:noinline
func part(parent context.Context, offset uintptr) {
	ctx, cancel := context.WithCancel(context.WithValue(parent, held("part"), 1))
	ctx.Done()
	captured := unsafe.Pointer(reflect.ValueOf(ctx).Elem().UnsafeAddr())
	function := &closure{entryOf(cancel), unsafe.Add(captured, offset)}
	cancels = append(cancels, *(*context.CancelFunc)(unsafe.Pointer(&function)))
	children = append(children, ctx)
}

//go:noinline
func plant(parent context.Context) {
	hold(parent, "plain")
	for _, around := range [][2]int{{3, 0}, {0, 5}, {2, 2}, {0, 0}, {1, 60}, {40, 200}} {
		embed(parent, held(fmt.Sprint("embedded ", around)), around[0], around[1])
	}
	it := &connection{name: "one", in: inner{parent}}
	uses = append(uses, &it.in)
	hold(&it.in, "in the middle")
	all := &[5]inner{}
	for i := range all {
		all[i].Context = parent
		uses = append(uses, &all[i])
		hold(&all[i], "in an array")
	}
	part(parent, 8)
	part(parent, 24)
	lose(parent, "planted")
	lose(parent, "planted, too")
}

func main() {
	parent, cancel := context.WithCancel(context.Background())
	plant(parent)
	time.Sleep(50 * time.Millisecond)
	runtime.GC()
	runtime.GC()
	fmt.Println("ready")
	bufio.NewReader(os.Stdin).ReadString('\n')
	runtime.KeepAlive(uses)
	cancel()
}
