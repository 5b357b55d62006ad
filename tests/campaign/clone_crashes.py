#!/usr/bin/env python3
"""Readers that are killed while they have a Go program clone itself, again and again.

usage: clone_crashes.py CTXREPORT [--rounds N] [--minutes N] [--variants NAME,...]
                        [--releases go1.N.N,...] [--ledger FILE]

The program (tests/programs/go/steady.go) checks itself. In each round a reader is started and killed:
at a step of what is done inside the program (builds with assertions count them), at some moment, or
its stopper is. The program has to answer then, and to find nothing wrong. At the end no clone of it
may live longer than its limit, the next look has to leave neither a child nor a changed byte of its
code. With --ledger what was done is kept, and goes on where it ended. Exit status 1: something was
found.
"""

import argparse
import json
import os
import random
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TESTS = os.path.dirname(HERE)
PROGRAM = os.path.join(TESTS, "programs", "go", "steady.go")
CLONE_LIMIT = 10  # seconds, as golang/capture/forked.c has it
AT_A_TIME = 60    # rounds of one program; then it is the next one's turn
STEPS = 130       # more than there are of one look
C_PART = """package main

// #include <unistd.h>
// static void nap(void) { for (;;) usleep(300); }
import "C"

func init() { go func() { C.nap() }() }
"""

# Flags of the build, of the program, whether there is C in it.
VARIANTS = {
    "plain": ([], [], False),
    "stripped": (["-ldflags=-s -w"], [], False),
    "pie": (["-buildmode=pie"], [], False),
    "profile": ([], ["-profile"], False),
    "cgo": ([], [], True),
    "race": (["-race"], [], False),
}


class Broken(Exception):
    """The program was harmed."""


def build(directory, release, variant):
    flags, _, with_c = VARIANTS[variant]
    path = os.path.join(directory, f"steady-{release}-{variant}")
    sources = [PROGRAM]
    if with_c:
        sources.append(os.path.join(directory, "c_part.go"))
        with open(sources[1], "w", encoding="ascii") as file:
            file.write(C_PART)
    command = ["go", "build", *flags, "-o", path]
    # Files of two folders are no package: they are put into one.
    for source in sources[:1] if with_c else []:
        copy = os.path.join(directory, os.path.basename(source))
        with open(source, "rb") as old, open(copy, "wb") as new:
            new.write(old.read())
        sources[0] = copy
    if release != "here":
        command = [os.path.join(TESTS, "with_go.sh"), release, *command]
    environment = dict(os.environ, GOWORK="off", GOFLAGS="-buildvcs=false", GO111MODULE="on",
                       CGO_ENABLED="1" if with_c or variant == "race" else "0")
    made = subprocess.run([*command, *sources], env=environment, capture_output=True, text=True,
                          check=False)
    return path if made.returncode == 0 else None


class Program:
    def __init__(self, path, flags):
        self.path = path
        self.process = subprocess.Popen([path, *flags], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        self.pid = self.process.pid
        if self.process.stdout.readline() != "ready\n":
            raise Broken("it does not start")

    def check(self):
        try:
            self.process.stdin.write("\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            raise Broken("it has ended") from None
        answer = self.process.stdout.readline()
        if not answer.startswith("ok "):
            raise Broken(answer.strip() or "it has ended")

    def end(self):
        self.process.stdin.close()
        self.process.wait()

    def children(self):
        """Those of all threads, by state."""
        found = {}
        for tid in os.listdir(f"/proc/{self.pid}/task"):
            try:
                with open(f"/proc/{self.pid}/task/{tid}/children", encoding="ascii") as file:
                    for child in file.read().split():
                        with open(f"/proc/{child}/stat", encoding="ascii") as stat:
                            found[int(child)] = stat.read().rsplit(")", 1)[1].split()[0]
            except (FileNotFoundError, ProcessLookupError):
                pass
        return found

    def changed_code(self):
        """How many bytes of its code are not those of its file."""
        with open(self.path, "rb") as file:
            image = file.read()
        header, size, count = (struct.unpack_from("<Q", image, 32)[0],
                               *struct.unpack_from("<HH", image, 54))
        segments = [struct.unpack_from("<IIQQQQ", image, header + number * size)
                    for number in range(count)]
        loaded = [segment for segment in segments if segment[0] == 1]
        with open(f"/proc/{self.pid}/maps", encoding="ascii") as maps:
            first = next(line for line in maps if line.rstrip().endswith(self.path))
        bias = int(first.split("-")[0], 16) - (loaded[0][3] & ~0xfff)
        changed = 0
        with open(f"/proc/{self.pid}/mem", "rb", buffering=0) as memory:
            for _, flags, offset, address, _, length in loaded:
                if flags & 1:
                    memory.seek(bias + address)
                    there, here = memory.read(length), image[offset:offset + length]
                    changed += sum(a != b for a, b in zip(there, here)) if there != here else 0
        return changed


def look(ctxreport, pid, **environment):
    return subprocess.Popen([ctxreport, "inspect", "--capture=fork", "--max-pause=10s", "--json",
                             "--fail-on=none", str(pid)], stdout=subprocess.PIPE,
                            stderr=subprocess.DEVNULL, env=dict(os.environ, **environment))


def stopper_of(pid):
    """One that has got its name: its limit is set, and what it does is under way."""
    try:
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
            for child in file.read().split():
                with open(f"/proc/{child}/comm", encoding="ascii") as name:
                    if name.read() == "ctxtrace-stop\n":
                        return int(child)
    except (FileNotFoundError, ProcessLookupError):
        pass
    return None


def kill(pid):
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def at_step(ctxreport, program, step):
    reader = look(ctxreport, program.pid, CTXTRACE_DIE_AT_STEP=str(step))
    reader.stdout.read()
    return reader.wait() == -signal.SIGKILL


def at_moment(ctxreport, program, seconds):
    reader = look(ctxreport, program.pid)
    time.sleep(seconds)
    kill(reader.pid)
    reader.stdout.read()
    return reader.wait() == -signal.SIGKILL


def stopper_at_moment(ctxreport, program, seconds):
    reader = look(ctxreport, program.pid)
    until, stopper = time.monotonic() + 5, None
    while not stopper and time.monotonic() < until and reader.poll() is None:
        stopper = stopper_of(reader.pid)
    time.sleep(seconds / 10)
    if stopper:
        kill(stopper)
    reader.stdout.read()
    reader.wait()
    return stopper is not None


def whole_look(ctxreport, program):
    """How often it was cloned, how long it took, and why it was not."""
    begun = time.monotonic()
    reader = look(ctxreport, program.pid)
    said = json.loads(reader.stdout.read())["runs"][0]["programs"][0]
    reader.wait()
    cloned = sum(done["count"] for done in said["interventions"] if done["what"] == "cloned")
    why = [loss["why"] for loss in said["losses"] if loss["what"] == "clones"]
    return cloned, time.monotonic() - begun, why


def check_end(ctxreport, program):
    until = time.monotonic() + CLONE_LIMIT + 5
    while any(state != "Z" for state in program.children().values()):
        if time.monotonic() > until:
            raise Broken("a clone lives longer than its limit")
        time.sleep(0.1)
    for _ in range(100):
        whole_look(ctxreport, program)
        if not program.children():
            break
    if program.children():
        raise Broken("a clone that has ended is left")
    if program.changed_code():
        raise Broken("its code is not as before")
    program.check()


def campaign(ctxreport, path, flags, rounds, seed):
    """What was done, or raises Broken."""
    chance = random.Random(seed)
    program = Program(path, flags)
    try:
        looks = [whole_look(ctxreport, program) for _ in range(3)]
        cloned = sum(times for times, _, _ in looks)
        duration = sorted(took for _, took, _ in looks)[1]
        if not cloned:
            return {"killed": 0, "why": looks[-1][2]}
        killed = 0
        for number in range(rounds):
            way = number % 3
            if way == 0:
                killed += at_step(ctxreport, program, 1 + number // 3 % STEPS)
            elif way == 1:
                killed += at_moment(ctxreport, program, chance.uniform(0, duration))
            else:
                killed += stopper_at_moment(ctxreport, program, chance.uniform(0, duration))
            program.check()
        check_end(ctxreport, program)
        return {"killed": killed, "cloned": cloned}
    finally:
        kill(program.pid)
        program.process.wait()


def load_ledger(path):
    if path and os.path.exists(path):
        with open(path, encoding="ascii") as file:
            return json.load(file)
    return {}


def save_ledger(path, ledger):
    if not path:
        return
    with open(path + ".new", "w", encoding="ascii") as file:
        json.dump(ledger, file, indent=1)
    os.replace(path + ".new", path)


def rounds_of(ctxreport, path, variant, rounds, before):
    """Adds to what was done before. false: the program was harmed."""
    try:
        done = campaign(ctxreport, path, VARIANTS[variant][1], rounds, before["rounds"])
    except Broken as broken:
        print(f"{os.path.basename(path)}: HARMED: {broken}", flush=True)
        return False
    before["rounds"] += rounds
    before["killed"] += done["killed"]
    said = "unharmed" if done["killed"] else f"not cloned: {done['why']}"
    print(f"{os.path.basename(path)}: {before['rounds']} rounds, {before['killed']} killed, {said}",
          flush=True)
    return True


def all_rounds(arguments, paths):
    """A few of each program in turn. Returns the exit status."""
    ledger, harmed = load_ledger(arguments.ledger), set()
    until = time.monotonic() + arguments.minutes * 60
    for first in range(0, arguments.rounds, AT_A_TIME):
        for name, (path, variant) in paths.items():
            before = ledger.setdefault(name, {"rounds": 0, "killed": 0})
            rounds = min(first + AT_A_TIME, arguments.rounds) - before["rounds"]
            if rounds <= 0 or name in harmed or time.monotonic() > until:
                continue
            if not rounds_of(arguments.ctxreport, path, variant, rounds, before):
                harmed.add(name)
            save_ledger(arguments.ledger, ledger)
    if not harmed and not any(done["killed"] for done in ledger.values()):
        print("skipped: no program could be made to clone itself here")
        return 77
    return 1 if harmed else 0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("ctxreport")
    parser.add_argument("--rounds", type=int, default=300)
    parser.add_argument("--minutes", type=float, default=1e6)
    parser.add_argument("--variants", default=",".join(VARIANTS))
    parser.add_argument("--releases", default="here")
    parser.add_argument("--ledger")
    arguments = parser.parse_args()
    if not shutil.which("go"):
        print("skipped: there is no `go` to build the program with")
        return 77
    with tempfile.TemporaryDirectory() as directory:
        paths = {}
        for release in arguments.releases.split(","):
            for variant in arguments.variants.split(","):
                path = build(directory, release, variant)
                if path:
                    paths[f"{release} {variant}"] = path, variant
                else:
                    print(f"{release} {variant}: cannot be built here", flush=True)
        return all_rounds(arguments, paths) if paths else 1


if __name__ == "__main__":
    sys.exit(main())
