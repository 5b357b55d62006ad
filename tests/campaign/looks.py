"""The ways in which a program is looked at. Each yields looks until time or number is used up.

live: while it works, at moments that are chosen at random, many times. kill: it is killed at a
random moment, and what it left is looked at. core: the same, with the core of a crash. exit: it runs
under `ctxreport run`, is told to end after a random time, and ends regularly.

Every other look judges whatever there is, however young (--min-age=0): what is young may then be
suspected, but nothing may be proved.
"""

import json
import os
import random
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass, field

from target import PATIENCE, Target, Trouble, environment_of, make_directory, prepare_child

USUAL_PAUSE = 0.03  # seconds between two looks, and before a kill: several rounds of most programs
LONGEST_PAUSE = 1.5  # now and then: for what happens once in a second
SETTLING = 1.2  # then some things are old enough to be judged (--min-age)
MOST_IN_VAIN = 50  # programs in a row that were killed before there was anything to look at
YOUNG = ["--min-age=0s", "--max-lag=0s"]


@dataclass
class Look:
    """What one look showed, and where all of it lies for as long as the look is judged."""

    shape: object
    young: bool
    command: list
    status: int
    errors: str
    database: str
    report: dict = None
    objects: list = field(default_factory=list)  # paths of what was looked at

    @property
    def programs(self):
        return [program for run in self.report["runs"] for program in run["programs"]]


def read_report(text):
    try:
        return json.loads(text)
    except ValueError:
        return None


def pause():
    time.sleep(min(random.expovariate(1 / USUAL_PAUSE) * random.choice((1, 1, 1, 10)),
                   LONGEST_PAUSE))


def inspect(shape, tools, directory, subject, young):
    """One `ctxreport inspect` of a pid, segment or core."""
    database = os.path.join(directory, "report.db")
    if os.path.exists(database):
        os.unlink(database)
    command = [tools.ctxreport, "inspect", "--json", "--output", database,
               *(YOUNG if young else []), str(subject)]
    environment = dict(os.environ, CTXTRACE_DIR=directory, LC_ALL="C.UTF-8")
    try:
        done = subprocess.run(command, env=environment, capture_output=True, text=True,
                              timeout=PATIENCE, check=False)
    except subprocess.TimeoutExpired:
        return Look(shape, young, command, None, f"no answer after {PATIENCE} s", database)
    return Look(shape, young, command, done.returncode, done.stderr, database,
                read_report(done.stdout))


def live(shape, tools, executable, core, more):
    target = Target(shape, executable, tools, core)
    try:
        number = random.randrange(2)
        time.sleep(SETTLING)
        while more() and target.lives():
            pause()
            look = inspect(shape, tools, target.directory, target.pid, number % 2 == 1)
            if not target.lives():
                raise Trouble(f"it ended with {target.process.returncode} while it was looked at")
            look.objects = target.segments()
            yield look
            number += 1
    finally:
        target.end()


def dead(shape, tools, executable, core, more, number, remains):
    """Ends one program after the other by a signal; remains(target) is what is looked at then."""
    young, in_vain = random.randrange(2), 0
    while more():
        target = Target(shape, executable, tools, core)
        try:
            pause()
            target.kill(number)
            paths = remains(target)
            in_vain = 0 if paths else in_vain + 1
            if in_vain == MOST_IN_VAIN:
                raise Trouble("it leaves nothing to look at")
            for path in paths:
                look = inspect(shape, tools, target.directory, path, young % 2 == 1)
                look.objects = [path]
                yield look
                young += 1
        finally:
            target.end()


def begins_with_magic(path):
    with open(path, "rb") as file:
        return any(file.read(8))


def segment_of(target):
    """None, if it was killed before it had recorded anything: a segment gets its magic last."""
    paths = [path for path in target.segments() if begins_with_magic(path)]
    if len(paths) > 1:
        raise Trouble(f"it should have left one segment, not {len(paths)}")
    return paths


def core_of(target):
    path = target.core()
    if not path:
        raise Trouble("the machine writes no core files into the working directory of what crashes"
                      " (/proc/sys/kernel/core_pattern, ulimit -c)")
    return [path]


def kill(shape, tools, executable, core, more):
    return dead(shape, tools, executable, core, more, signal.SIGKILL, segment_of)


def crash(shape, tools, executable, core, more):
    return dead(shape, tools, executable, core, more, signal.SIGABRT, core_of)


def run_to_its_end(shape, tools, executable, directory, young):
    """One `ctxreport run`, whose program is told to end after a moment."""
    database, report = (os.path.join(directory, name) for name in ("report.db", "report.json"))
    command = [tools.ctxreport, "run", "--format=json", f"--to={report}", f"--output={database}",
               *(YOUNG if young else []), "--", executable, *shape.arguments]
    environment = environment_of(shape, tools, directory)
    for name in ("LD_PRELOAD", "CTXTRACE"):
        environment.pop(name, None)  # that is what `run` is for
    process = subprocess.Popen(command, env=environment, stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                               preexec_fn=prepare_child, cwd=directory)
    try:
        if not process.stdout.readline().startswith("ready"):
            raise Trouble(f"it ended with {process.wait(PATIENCE)} before it was ready: "
                          + process.stderr.read())
        pause()
        _, errors = process.communicate("\n", timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise Trouble(f"it did not end within {PATIENCE} s") from None
    text = ""
    if os.path.exists(report):
        with open(report, encoding="utf-8") as file:
            text = file.read()
    return Look(shape, young, command, process.returncode, errors, database, read_report(text))


def leave(shape, tools, executable, core, more):
    young = random.randrange(2)
    while more():
        directory = make_directory()
        try:
            yield run_to_its_end(shape, tools, executable, directory, young % 2 == 1)
            young += 1
        finally:
            shutil.rmtree(directory, ignore_errors=True)


WAYS = {"live": live, "kill": kill, "core": crash, "exit": leave}
