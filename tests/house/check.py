#!/usr/bin/env python3
"""The plan of the house, enforced: who may include and call whom, and that calls go down.

usage: check.py BUILD

Rooms and their walls are the table of docs/architecture.md, read from there: a room is a folder, what
lies below it belongs to it unless that is a room itself, and "may include" names the rooms that it
may know. A floor that is also a roof, which is a circle of files that call each other, is hard to
read and to test alone: the one that is meant is listed below, and a new one fails. So does one of
the list that has gone. The floors of the runtime are drawn in docs/internals.md, and read from there.
The same for headers that declare what more than the one file of their name defines, and for unit
tests that are not named after a source of their room. What depends on the processor is in files that
are named after it.
"""

import collections
import glob
import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PLAN = os.path.join(ROOT, "docs", "architecture.md")
INTERNALS = os.path.join(ROOT, "docs", "internals.md")
ROW = re.compile(r"^\| `(?:libctxtrace/)?([\w/]+)/` \|[^|]*\|([^|]*)\|$", re.MULTILINE)
INCLUDE = re.compile(r'^#include "([\w/]+)/[\w.]+"', re.MULTILINE)

NO_ROOMS = ("tests", "docs")

# What may be called beside what is included: the tools get at everything by way of inspect.
LINKED = {"preload": {"record", "runtime"}}

# Circles that are meant, by one file of each that tells it from the others.
CIRCLES = {
    # A channel's operations and select are one idea in two files.
    "libctxtrace/runtime/select",
}

# Headers that declare what other files than that of their name define.
SHARED_HEADERS = {
    # What a room shows to others, or a table and what stands in its rows.
    "ctxtop/keys", "ctxtop/view", "ctxtop/detail",
    "libctxtrace/image/decoder", "libctxtrace/image/image", "libctxtrace/inspect/source",
    "libctxtrace/record/record",
    "libctxtrace/snapshot/builder", "libctxtrace/snapshot/snapshot",
    # What the parts of one idea know of each other.
    "ctxreport/ingest", "ctxtop/tree", "libctxtrace/findings/growth",
    "libctxtrace/findings/growth_state",
    "libctxtrace/image/process", "libctxtrace/snapshot/builder_state",
    "libctxtrace/snapshot/stacks", "libctxtrace/runtime/channel",
}
# Not yet taken apart: as above.
SHARED_HEADERS_OF = ("libctxtrace/golang/",)

# Unit tests that drive several sources together, and what each of them is about.
SCENARIOS = {
    "findings/random": "all rules, over thousands of programs that make no sense",
    "golang/damage": "the whole reader, over memory that is spoilt at random",
    "golang/stops": "a proof's stops: estimate, capture and confirmation",
    "record/capture_modules": "captures while libraries come and go",
    "record/capture_property": "captures of random stacks, beside libunwind's",
    "record/capture_threads": "captures of threads, handlers and children that meet",
    "runtime/cancelled_threads": "pthread_cancel() wherever the library could wait",
    "runtime/coroutines": "waits and contexts of coroutines that move between threads",
    "runtime/crossing_ends": "ends that come from above and from below at once",
    "runtime/recorded_counts": "what is created and what ends balances in a segment",
    "runtime/recorded_ends": "beginnings and ends, as a segment has them",
    "runtime/recorded_references": "owners, as a segment has them",
    "runtime/recorded_waits": "waits, channels and groups, as a segment has them",
    "runtime/signal_handlers": "whatever may be asked from a signal handler",
    "segment/concurrent": "a segment that is written while it is read",
    "segment/hostile": "segments that are not what they say",
}

PROCESSOR = re.compile(r"__x86_64__|\borig_rax\b|registers(?:->|\.)r[a-z0-9]+\b|__builtin_ia32_|"
                       r"\bREGISTER_[A-Z]+ = \d|\bEM_X86_64\b")
OF_PROCESSOR = re.compile(r"_(x86_64|aarch64|other)$")
# Which one is built for, and the names of all; those that have not moved yet.
PROCESSOR_FILES = re.compile(r"_x86_64\.[ch]$|/processor\.h$|/executable_kind\.[ch]$|"
                             r"^libctxtrace/(golang|preload)/")


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
        match = re.search(r"^((?:libctxtrace|ctxtop|ctxreport)\b.*)/CMakeFiles/[^/]*\.dir/(.*)\.c\.o$",
                          os.path.relpath(path, build))
        if not match:
            continue
        name = os.path.normpath(os.path.join(match[1], match[2].replace("__", "..")))
        if os.path.exists(os.path.join(ROOT, name + ".c")):
            found.setdefault(name, path)
    return found


def symbols(found):
    """Of each source what it defines for others and what it uses of others."""
    defined, used = collections.defaultdict(set), collections.defaultdict(set)
    name_of = {path: name for name, path in found.items()}
    lines = subprocess.run(["nm", "-A", *name_of], capture_output=True, text=True, check=True).stdout
    for line in lines.splitlines():
        path, _, rest = line.partition(":")
        kind, symbol = rest.split()[-2:]
        if kind == "U":
            used[name_of[path]].add(symbol)
        elif kind in "TDBRVWC":
            defined[name_of[path]].add(symbol)
    return defined, used


def calls(found, walls, defines, used):
    """Source: the sources whose functions and data it uses; of several of one name the nearest."""
    defined = collections.defaultdict(list)
    for name in found:
        for symbol in defines[name]:
            defined[symbol].append(name)

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


def declared_in(header):
    """The names that could be declarations: what has a parenthesis, a bracket or an end behind it."""
    with open(header, encoding="utf-8") as file:
        text = re.sub(r"/\*.*?\*/", "", file.read(), flags=re.DOTALL)
    bodies = 1
    while bodies:  # what an inline function calls is not declared by it
        text, bodies = re.subn(r"\{[^{}]*\}", " ", text)
    return set(re.findall(r"\b(\w+)(?=\s*[(\[;,])", text))


def shared_headers(found, defines):
    """Headers without their endings, and the files of other names that define what they declare."""
    others = collections.defaultdict(set)
    for folder in {os.path.dirname(name) for name in found}:
        headers = {os.path.relpath(path, ROOT)[:-2]: declared_in(path)
                   for path in glob.glob(os.path.join(ROOT, folder, "*.h"))}
        for name in found:
            if os.path.dirname(name) != folder:
                continue
            for header, names in headers.items():
                # Rows of a table that is written as ROW(name) are made by its header.
                if header != re.sub(OF_PROCESSOR, "", name) and not header.endswith("_table") and defines[name] & names:
                    others[header].add(name)
    return others


def wrong_headers(found, defines):
    shared = shared_headers(found, defines)
    for header, names in sorted(shared.items()):
        if header not in SHARED_HEADERS and not header.startswith(SHARED_HEADERS_OF):
            yield f"{header}.h declares what is in {', '.join(f'{name}.c' for name in sorted(names))}"
    for header in sorted(SHARED_HEADERS - set(shared)):
        yield f"{header}.h has one file of its name: take it off the list"


def wrong_processors():
    for top in ("libctxtrace", "ctxtop", "ctxreport"):
        for path in sorted(glob.glob(os.path.join(ROOT, top, "**", "*.[ch]"), recursive=True)):
            name = os.path.relpath(path, ROOT)
            if PROCESSOR_FILES.search(name):
                continue
            with open(path, encoding="utf-8") as file:
                for word in sorted(set(PROCESSOR.findall(file.read()))):
                    yield f"{name} depends on the processor: {word}"


def wrong_tables():
    """Whoever includes uthash by itself has the program ended when memory runs out."""
    for top in ("libctxtrace", "ctxtop", "ctxreport"):
        for path in sorted(glob.glob(os.path.join(ROOT, top, "**", "*.[ch]"), recursive=True)):
            name = os.path.relpath(path, ROOT)
            with open(path, encoding="utf-8") as file:
                text = file.read()
            if "#include <uthash.h>" in text and not re.search(r"#define HASH_NONFATAL_OOM +1", text):
                yield f"{name} includes uthash.h: base/table.h does not end the program"


def wrong_tests(walls):
    left = set(SCENARIOS)
    for path in sorted(glob.glob(os.path.join(ROOT, "tests", "unit", "*", "test_*.c"))):
        room = os.path.basename(os.path.dirname(path))
        if room not in walls:
            continue  # all of its tests are scenarios
        name = os.path.basename(path).removeprefix("test_").removesuffix(".c")
        has_source = glob.glob(os.path.join(ROOT, folder_of(room), "**", name + ".*"), recursive=True)
        if not has_source and f"{room}/{name}" not in SCENARIOS:
            yield f"tests/unit/{room}/test_{name}.c is named after no source of {room}/"
        elif not has_source:
            left.remove(f"{room}/{name}")
    for name in sorted(left):
        yield f"{name} is no scenario of the unit tests: take it off the list"


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


def floors():
    """File of the runtime: its floor from the top, as docs/internals.md draws it."""
    with open(INTERNALS, encoding="utf-8") as file:
        drawing = re.search(r"^### The runtime's floors$.*?^```text\n(.*?)^```$", file.read(),
                            re.MULTILINE | re.DOTALL)
    rows = drawing[1].splitlines() if drawing else []
    return {name: number for number, row in enumerate(rows)
            for name in re.split(r"\s{2,}", row.strip())[0].split()}


def wrong_floors(graph):
    floor_of = floors()
    room = "libctxtrace/runtime/"
    files = {name for name in graph if name.startswith(room)}
    for name in sorted(files.symmetric_difference(room + name for name in floor_of)):
        yield f"{name}.c is not on a floor of docs/internals.md, or not in the build"
    for name in sorted(files):
        for other in sorted(graph[name] & files):
            here, there = (floor_of.get(file.removeprefix(room), 0) for file in (name, other))
            if here > there or (here == there and not {name, other} & CIRCLES):
                yield f"{name}.c calls {other}.c, which docs/internals.md has no floor below it"


def main():
    walls = rooms()
    found = objects(sys.argv[1])
    if len(walls) < 10 or len(found) < 100:
        print(f"only {len(walls)} rooms in the plan and {len(found)} objects in the build")
        return 2
    defines, used = symbols(found)
    graph = calls(found, walls, defines, used)
    wrong = [*wrong_includes(walls), *wrong_calls(graph, walls), *wrong_circles(graph),
             *wrong_floors(graph), *wrong_headers(found, defines), *wrong_processors(),
             *wrong_tables(), *wrong_tests(walls)]
    print("\n".join(wrong) or f"{len(walls)} rooms, {len(found)} files: as planned")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
