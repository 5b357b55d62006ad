//go:build go1.21

package main

import (
	"context"
	"errors"
	"time"
)

func init() {
	makers = append(makers,
		maker{"without-cancel", func(g *garden, parent *node) *node {
			n := g.add(parent, "without-cancel", context.WithoutCancel(parent.ctx))
			n.follows = false
			return n
		}},
		maker{"deadline-cause", func(g *garden, parent *node) *node {
			ctx, cancel := context.WithDeadlineCause(parent.ctx, time.Now().Add(-time.Second),
				errors.New("too late"))
			n := g.add(parent, "deadline-cause", ctx)
			n.cancel, n.stop = cancel, cancel
			return n
		}},
		maker{"timeout-cause", func(g *garden, parent *node) *node {
			ctx, cancel := context.WithTimeoutCause(parent.ctx, 90*time.Minute, errors.New("slow"))
			n := g.add(parent, "timeout-cause", ctx)
			n.cancel, n.stop = cancel, cancel
			return n
		}},
		maker{"after-func", func(g *garden, parent *node) *node {
			stop := context.AfterFunc(parent.ctx, func() {})
			n := g.addNode(&node{made: "after-func", parent: parent, follows: true,
				hidden: func() (uintptr, string) { return captured(stop), "*context.afterFuncCtx" }})
			n.cancel, n.stop = func() { stop() }, stop
			return n
		}})
}
