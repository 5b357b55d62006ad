//go:build go1.23

package main

import "iter"

var coroutines []any

func init() {
	ways = append(ways, way{"coroutine", func(g *garden, n *node) {
		ctx := n.ctx
		next, stop := iter.Pull(func(yield func(int) bool) {
			yield(1)
			same(ctx)
		})
		next()
		coroutines = append(coroutines, next, stop)
	}, nil})
}
