#!/usr/bin/env python3
"""The plan of the house, enforced: who may include and call whom, and that calls go down.

usage: check.py BUILD

Rooms and their walls are the table of docs/architecture.md, read from there: a room is a folder, what
lies below it belongs to it unless that is a room itself, and "may include" names the rooms that it
may know. A floor that is also a roof, which is a circle of
files that call each other, is hard to read and to test alone: those that are there are listed
below, and a new one fails. So does one of the list that has gone.
"""

import collections
import glob
import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PLAN = os.path.join(ROOT, "docs", "architecture.md")
ROW = re.compile(r"^\| `(?:libctxtrace/)?([\w/]+)/` \|[^|]*\|([^|]*)\|$", re.MULTILINE)
INCLUDE = re.compile(r'^#include "([\w/]+)/[\w.]+"', re.MULTILINE)

NO_ROOMS = ("tests", "docs")

# What may be called beside what is included: the tools get at everything by way of inspect.
LINKED = {"preload": {"record", "runtime"}}

# Circles that are there, by one file of each that tells it from the others. A tree of nodes and its
# parts (runtime) and tables with what stands in them (rules, commands, keys) call back by design.
CIRCLES = {
    "libctxtrace/golang/proof/marking_follow", "libctxtrace/golang/binary/module",
    "libctxtrace/snapshot/link_tasks", "libctxtrace/segment/reader", "ctxtop/keys",
    "ctxreport/command_table", "libctxtrace/findings/rule_table", "libctxtrace/runtime/select",
    "libctxtrace/runtime/node", "libctxtrace/record/recorder", "libctxtrace/preload/wrapped_table",
    "libctxtrace/image/process_stop",
}


def rooms():
    """Room: the rooms that it may include."""
    with open(PLAN, encoding="utf-8") as file:
        rows = ROW.findall(file.read())
    rows = [row for row in rows if row[0] not in NO_ROOMS]
    names = {name for name, _ in rows}
    return {name: set(re.findall(r"[\w/]+", allowed)) & names for name, allowed in rows}


def folder_of(room):
    below = os.path.join("libctxtrace", room)
    return below if os.path.isdir(os.path.join(ROOT, below)) else room


def room_of(name, walls):
    """The innermost room that the file or folder is in."""
    name = name.removeprefix("libctxtrace/")
    inside = [room for room in walls if name == room or name.startswith(room + "/")]
    return max(inside, key=len, default=name.split("/")[0])


def wrong_includes(walls):
    for room, allowed in walls.items():
        for path in sorted(glob.glob(os.path.join(ROOT, folder_of(room), "**", "*.[ch]"),
                                     recursive=True)):
            name = os.path.relpath(path, ROOT)
            if room_of(name, walls) != room:
                continue
            with open(path, encoding="utf-8") as file:
                included = {room_of(folder, walls) for folder in INCLUDE.findall(file.read())}
            for other in included - allowed - {room, "ctxtrace"}:
                yield f"{name} includes {other}/"


def objects(build):
    """Source without its ending: the object file."""
    found = {}
    for path in glob.glob(os.path.join(build, "**", "*.o"), recursive=True):
        match = re.search(r"(libctxtrace|ctxtop|ctxreport)/.*CMakeFiles/[^/]*\.dir/(.*)\.c\.o$",
                          os.path.relpath(path, build))
        if not match:
            continue
        for folder in (match[1], os.path.join(match[1], "runtime"),
                       os.path.join(match[1], "preload")):
            name = os.path.normpath(os.path.join(folder, match[2].replace("__", "..")))
            if os.path.exists(os.path.join(ROOT, name + ".c")):
                found.setdefault(name, path)
    return found


def calls(found, walls):
    """Source: the sources whose functions and data it uses; of several of one name the nearest."""
    defined, used = collections.defaultdict(list), collections.defaultdict(set)
    for name, path in found.items():
        lines = subprocess.run(["nm", path], capture_output=True, text=True, check=True).stdout
        for words in map(str.split, lines.splitlines()):
            if words[-2] == "U":
                used[name].add(words[-1])
            elif words[-2] in "TDBRVWC":
                defined[words[-1]].append(name)

    def nearest(name, symbol):
        room = room_of(name, walls)
        by_nearness = sorted(defined[symbol], key=lambda other: room_of(other, walls) != room)
        # What the preload library defines under the names of libc is called for libc's.
        return {other for other in by_nearness[:1]
                if room_of(other, walls) != "preload" or room == "preload"}

    return {name: set().union(*(nearest(name, symbol) for symbol in used[name]
                                if symbol in defined)) - {name} for name in found}


def wrong_calls(graph, walls):
    for name, others in sorted(graph.items()):
        room = room_of(name, walls)
        for other in sorted(others):
            allowed = walls.get(room, set()) | LINKED.get(room, set()) | {room}
            if room in walls and room_of(other, walls) not in allowed:
                yield f"{name}.c calls {other}.c"


def reachable(graph, start):
    seen, queue = set(), [start]
    while queue:
        for other in graph[queue.pop()] - seen:
            seen.add(other)
            queue.append(other)
    return seen


def circles(graph):
    """Sets of files each of which calls, by way of others, all of the set."""
    reached = {name: reachable(graph, name) for name in graph}
    seen = set()
    for name in sorted(graph):
        circle = frozenset(other for other in reached[name] if name in reached[other])
        if circle and circle not in seen:
            seen.add(circle)
            yield circle


def wrong_circles(graph):
    left = set(CIRCLES)
    for circle in circles(graph):
        known = circle & CIRCLES
        left -= known
        if not known:
            yield "a new circle of files that call each other: " + ", ".join(sorted(circle))
        elif len(known) > 1:
            yield "two circles have grown into one: " + ", ".join(sorted(known))
    for name in sorted(left):
        yield f"the circle of {name}.c has gone: take it off the list"


def main():
    walls = rooms()
    found = objects(sys.argv[1])
    if len(walls) < 10 or len(found) < 100:
        print(f"only {len(walls)} rooms in the plan and {len(found)} objects in the build")
        return 2
    graph = calls(found, walls)
    wrong = [*wrong_includes(walls), *wrong_calls(graph, walls), *wrong_circles(graph)]
    print("\n".join(wrong) or f"{len(walls)} rooms, {len(found)} files: as planned")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
