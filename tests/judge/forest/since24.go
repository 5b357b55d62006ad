//go:build go1.24

package main

import (
	"context"
	"runtime"
)

func init() {
	ways = append(ways, way{"cleanup", func(g *garden, n *node) {
		object := new([4]uint64)
		runtime.AddCleanup(object, func(ctx context.Context) { same(ctx) }, n.ctx)
		finalized = append(finalized, object)
	}, nil}, way{"captured by a cleanup", func(g *garden, n *node) {
		ctx := n.ctx
		object := new([4]uint64)
		runtime.AddCleanup(object, func(int) { same(ctx) }, 1)
		finalized = append(finalized, object)
	}, nil})
}
