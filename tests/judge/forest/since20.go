//go:build go1.20

package main

import (
	"context"
	"errors"
	"fmt"
)

type numbered struct{ number int }

func (n *numbered) Error() string { return fmt.Sprintf("reason %d", n.number) }

func (g *garden) reason() error {
	switch g.below(5) {
	case 0:
		return errors.New("shutting down")
	case 1:
		return fmt.Errorf("while stopping: %w", errors.New("full disk"))
	case 2:
		return &numbered{g.below(100)}
	case 3:
		return errors.Join(errors.New("one"), errors.New("two"))
	}
	return nil
}

func init() {
	makers = append(makers, maker{"cancel-cause", func(g *garden, parent *node) *node {
		ctx, cancel := context.WithCancelCause(parent.ctx)
		reason := g.reason()
		n := g.add(parent, "cancel-cause", ctx)
		n.cancel, n.stop = func() { cancel(reason) }, cancel
		return n
	}})
}

func causesOf(n *node) []string {
	if n.hidden != nil {
		return causesOf(n.parent)
	}
	if cause := context.Cause(n.ctx); cause != nil {
		return []string{cause.Error()}
	}
	return nil
}
