#!/usr/bin/env python3
"""lost_places.py: writes a Go program that loses contexts in many ways, one way at a time.

Its argument is the number of a way. Each way is a combination of what the parent is, what is above
it, who keeps it, what is between it and the lost context, and who uses that. Two contexts are lost,
below two parents, in two places whose functions, variables, keys and types have names that end in
the way's number and a or b (but for ways of one place, and of no names). The program then says
"ready" and waits.
"""

import itertools

# Makes `parent` and `end` from `above`.
PARENTS = {
    "cancel": "parent, end := context.WithCancel(above)",
    "deadline": "parent, end := context.WithTimeout(above, time.Hour)",
    "cause": """parent, endWith := context.WithCancelCause(above)
	end := func() { endWith(nil) }""",
    "signals": "parent, end := signal.NotifyContext(above, syscall.SIGUSR1)",
    "custom": """inner, end := context.WithCancel(above)
	parent := &own{tag}{{inner}}""",
}
FIRST_RELEASE = {"cause": 20}

ABOVE = {
    "background": "above := context.Background()",
    "value": "above := context.WithValue(context.Background(), plain(1), 1)",
    "chain": """outer, _ := context.WithTimeout(context.Background(), 2*time.Hour)
	above := context.WithValue(context.WithValue(outer, plain(1), 1), plain(2), 2)""",
}

# What keeps the parent, and how the function goes on.
KEEPERS = {
    "frame": "defer end()\n\tstay()",
    "variable": "held{tag} = end",
    "field": "kept := &struct{{ number int; end func() }}{{1, end}}\n\tstay()\n\tkept.end()",
    "list": "held{tag} = &node{tag}{{end: end, next: &node{tag}{{end: func() {{}}}}}}",
    "table": 'held{tag} = map[string]func(){{"end": end}}',
    "timer": "time.AfterFunc(time.Hour, func() { println(1); end() })",
    "closure": "go wait(func() {{ println(1); end() }})",
    "channel": "ends := make(chan func(), 1)\n\tends <- end\n\tstay()\n\t(<-ends)()",
    "parent": "stay()\n\tprintln(parent.Err())\n\tend()",
}
VARIABLES = {
    "variable": "var held{tag} func()",
    "list": "type node{tag} struct {{\n\tend func()\n\tnext *node{tag}\n}}\n\nvar held{tag} *node{tag}",
    "table": "var held{tag} map[string]func()",
}

# From `parent` to `ctx`, which is lost.
BETWEEN = {
    "nothing": "ctx, _ := context.WithCancel(parent)",
    "key": "ctx, _ := context.WithCancel(context.WithValue(parent, key{tag}(1), 1))",
    "type": "ctx, _ := context.WithCancel(&own{tag}{{parent}})",
}

# Who uses it.
USERS = {
    "nobody": "",
    "waiter": "go wait{tag}(ctx)",
    "below": "go wait{tag}(context.WithValue(ctx, plain(3), 3))",
    "select": "go select{tag}(ctx)",
    "variable": "used{tag} = ctx",
}

HEAD = """// Written by lost_places.py.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"syscall"
	"time"
)

type plain int

var _ = signal.NotifyContext
var _ = syscall.SIGUSR1

//go:noinline
func stay() { <-time.After(time.Hour) }

//go:noinline
func wait(end func()) {
	stay()
	end()
}
"""

PLACE = """
type key{tag} int
type own{tag} struct{{ context.Context }}

//go:noinline
func wait{tag}(ctx context.Context) {{ <-ctx.Done() }}

//go:noinline
func select{tag}(ctx context.Context) {{
	select {{
	case <-ctx.Done():
	case <-time.After(time.Hour):
	}}
}}

var used{tag} context.Context
{variables}

//go:noinline
func lose{tag}(parent context.Context) {{
	{between}
	ctx.Done()
	{user}
}}

//go:noinline
func place{tag}() {{
	{above}
	{parent}
	parent.Done()
	lose{tag}(parent)
	{keeper}
}}
"""

MAIN = """
func main() {{
	switch os.Args[1] {{
{cases}	}}
	time.Sleep(50 * time.Millisecond) // so that they are where they stay
	runtime.GC()
	runtime.GC()
	fmt.Println("ready")
	time.Sleep(time.Hour)
}}
"""


def ways(minor=26):
    """Each value of each dimension with each of every other one, once at least."""
    dimensions = [PARENTS, ABOVE, KEEPERS, BETWEEN, USERS]
    dimensions = [[name for name in names if FIRST_RELEASE.get(name, 0) <= minor]
                  for names in dimensions]
    wanted = {((first, a), (second, b))
              for first, second in itertools.combinations(range(len(dimensions)), 2)
              for a in dimensions[first] for b in dimensions[second]}
    chosen = []
    for way in itertools.product(*dimensions):
        pairs = set(itertools.combinations(enumerate(way), 2))
        # Greedy, in a fixed order: a way is taken that has three new pairs, later on fewer.
        if len(pairs & wanted) >= 3:
            chosen.append(way)
            wanted -= pairs
    for way in itertools.product(*dimensions):
        pairs = set(itertools.combinations(enumerate(way), 2))
        if pairs & wanted:
            chosen.append(way)
            wanted -= pairs
    return chosen


def place(tag, way):
    parent, above, keeper, between, user = way
    fill = lambda table, name: table[name].replace("{{", "{").replace("}}", "}").replace(
        "{tag}", tag)
    return PLACE.format(tag=tag, variables=fill(VARIABLES, keeper) if keeper in VARIABLES else "",
                        above=fill(ABOVE, above), parent=fill(PARENTS, parent),
                        keeper=fill(KEEPERS, keeper), between=fill(BETWEEN, between),
                        user=fill(USERS, user))


def program(minor=26):
    text, cases = HEAD, ""
    for number, way in enumerate(ways(minor)):
        cases += f'\tcase "{number}":\n'
        for letter in "ab":
            text += place(f"{number}{letter}", way)
            cases += f"\t\tgo place{number}{letter}()\n"
    return text + MAIN.format(cases=cases)


if __name__ == "__main__":
    print(program(), end="")
