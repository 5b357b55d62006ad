"""The shapes: clean programs, their arguments, how they are looked at, and what runs beside them.

Looks are counted per shape, because a fault that shows in one shape only is not made rarer by looks
at others. A row below gives several shapes, one for each way and load in it.
"""

import os
import subprocess
from dataclasses import dataclass, field

WAYS_OF_C = ("live/quiet", "live/starved", "kill/quiet", "exit/quiet")
ALIVE = ("live/quiet", "live/starved")
WAYS_OF_GO = ("live/quiet", "live/starved", "core/quiet")
WAYS_OF_OTHER_GO = ("live/starved",)


def go_releases(*which):
    script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "go_releases.sh")
    return tuple(subprocess.run([script, *which], stdout=subprocess.PIPE, text=True,
                                check=True).stdout.split())


# Releases whose runtime differs in what proofs rest on; "go" is the machine's.
OLDER_AND_NEWER = go_releases("oldest", "middle", "newest")

# What POSIX asks for and glibc does not enforce.
RULE_OF_LOCKS = "This rests on the rule that a thread unlocks only what it has locked."


@dataclass(frozen=True)
class Row:
    """A clean program, and what is true of it beyond "nothing is wrong"."""

    kind: str  # library, preload or go
    program: str
    arguments: tuple = ()
    ways: tuple = WAYS_OF_C
    environment: dict = field(default_factory=dict)
    build: dict = field(default_factory=dict)  # environment of `go build`
    since: int = 18  # the first minor release of Go that compiles it
    releases: tuple = ()  # of Go, beside the machine's
    statuses: tuple = (0,)  # of ctxreport; 3 where the recording is incomplete on purpose
    all_cancellable: bool = True  # every open context is cancelled by somebody who holds it
    all_wakeable: bool = True  # every task that waits is woken
    unusual: tuple = ()  # rules whose `likely` is right: the program does that on purpose
    breaks: str = ""  # what a proof may rest on, in the words of its sentence, and this one breaks
    detaches: bool = False  # makes contexts below those that never end, which nothing has to cancel


def library(program, *arguments, **more):
    return Row("library", program, arguments, **more)


def preload(program, *arguments, **more):
    return Row("preload", program, arguments, **more)


def go(program, *arguments, **more):
    more.setdefault("ways", WAYS_OF_GO)
    more.setdefault("releases", OLDER_AND_NEWER)
    return Row("go", program, arguments, **more)


ROWS = [
    # C with the library. What it counts, and what it lends.
    library("everything"),
    library("promoted"),
    library("joined_late"),
    library("closers", "idle", ways=("live/quiet", "live/starved", "kill/quiet")),
    library("closers", "second"),
    library("closers", "bounded"),
    library("lent"),
    library("selects"),
    library("families"),
    library("renamed"),
    library("custom"),
    library("conditions"),
    library("descriptors"),
    library("stopped_handles"),
    library("recursion"),
    library("coroutines"),
    library("exited_main", ways=("live/quiet", "live/starved", "kill/quiet")),
    # Nobody but the deadline ends these contexts: that is how they are meant.
    library("timeout_in_use", all_cancellable=False, unusual=("unreleased-timeout",)),
    # Recordings that do not have all of it, and say so.
    library("prefork", statuses=(0, 3), ways=("live/quiet", "live/starved", "kill/quiet")),
    library("late_recording", environment={"CTXTRACE": "0"}, statuses=(0, 3),
            ways=("live/quiet", "live/starved", "kill/quiet")),
    library("full_segment", environment={"CTXTRACE_CONTEXTS": "64"}, statuses=(0, 3)),
    library("lost_waits", environment={"CTXTRACE_TASKS": "64"}, statuses=(0, 3)),

    # C that knows nothing of ctxtrace.
    preload("mutexes"),
    preload("hot_lock"),
    preload("readers_writers"),
    preload("lock_order"),
    preload("lock_queue", "400", "2000", ways=ALIVE + ("kill/quiet",)),
    preload("binary_semaphore", "one", unusual=("deadlock",)),
    preload("binary_semaphore", "two", unusual=("deadlock",), ways=ALIVE + ("exit/quiet",)),
    preload("binary_semaphore", "first", unusual=("deadlock",), ways=ALIVE + ("kill/quiet",),
            breaks=RULE_OF_LOCKS, all_wakeable=False),
    preload("semaphores"),
    preload("conditions"),
    preload("long_hold"),
    preload("cancelled_joins", unusual=("deadlock",)),
    preload("jumped_out", "semaphore"),
    preload("jumped_out", "mutex"),
    preload("batch"),
    preload("ended_helpers", ways=("live/quiet", "exit/quiet")),
    preload("joined_by_destructor", ways=("live/quiet", "exit/quiet")),
    preload("exit_with_threads", ways=("exit/quiet",)),
    preload("exited_main", ways=("live/quiet", "live/starved", "kill/quiet")),
    preload("forked", ways=("live/quiet", "kill/quiet")),

    # Go.
    go("server", detaches=True),
    go("churn"),
    go("propagation"),
    go("growing_stacks"),
    go("register_stack", "state"),
    go("register_stack", "closure"),
    go("register_stack", "channel"),
    go("write_barrier"),
    go("hidden", "uintptr"),
    go("hidden", "pages"),
    go("hidden_in_c", build={"CGO_ENABLED": "1"}),
    go("callbacks_from_c", build={"CGO_ENABLED": "1"}),
    go("embedded"),
    go("detached", detaches=True),
    go("synchronized"),
    go("timers"),
    go("after_funcs", since=21),
    go("finalizing"),
    go("many_objects"),
    go("many_objects", build={"GOEXPERIMENT": "noallocheaders"}, releases=go_releases("1.22")),
    go("weak_pointers", since=24),
    *(go("main_forever", way, all_wakeable=False)
      for way in ("select", "make", "nil", "group", "done", "library")),
]


@dataclass(frozen=True)
class Shape(Row):
    way: str = ""
    load: str = ""
    release: str = ""

    @property
    def name(self):
        kind = self.release if self.kind == "go" else self.kind
        build = [f"{value}" for key, value in self.build.items() if key != "CGO_ENABLED"]
        return "/".join([kind, "-".join([self.program, *self.arguments, *build]), self.way,
                         self.load])


def releases_of(row):
    """The machine's Go, unless the row is about settings of one release; and others."""
    if "GOEXPERIMENT" in row.build:
        return row.releases
    return ("go", *(name for name in row.releases if int(name.split(".")[1]) >= row.since))


def shapes():
    for row in ROWS:
        for release in releases_of(row) if row.kind == "go" else ("",):
            for way in row.ways if release in ("", "go") else WAYS_OF_OTHER_GO:
                way, load = way.split("/")
                yield Shape(**vars(row), way=way, load=load, release=release)
