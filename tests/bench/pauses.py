#!/usr/bin/env python3
"""pauses.py CTXREPORT [LOOKS]: how long programs are held, beside how long they may be.

Programs with many threads, many goroutines and a large heap (tests/bench/go/held) are looked at with
one limit after the other, by themselves and beside a busy loop on each processor. Prints a table for
docs/go.md: the longest time for which the program says that it was held up (which on a busy machine
it is without us, too: the column "without"), the longest pause that the report says, and in how many
looks its leak was proved.
"""

import json
import os
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
PROGRAMS = [("10 threads", (0, 0, 0)), ("4,000 threads", (4000, 0, 0)),
            ("10,000 threads", (10000, 0, 0)), ("100,000 goroutines", (0, 100000, 0)),
            ("heap of 200 MB", (0, 0, 200))]
LIMITS = (25, 100, 250, 1000)


def build(directory):
    path = os.path.join(directory, "held")
    subprocess.run(["go", "build", "-o", path, "./held"], cwd=os.path.join(HERE, "go"), check=True,
                   env=dict(os.environ, GO111MODULE="on", GOWORK="off", GOFLAGS="-buildvcs=false"))
    return path


def start(path, numbers):
    program = subprocess.Popen([path] + [str(number) for number in numbers], text=True,
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               stderr=subprocess.DEVNULL)
    if program.stdout.readline().strip() != "ready":
        program.wait()
        return None
    return program


def held_ms(program):
    """For how long at the longest, since this was asked last."""
    program.stdin.write("\n")
    program.stdin.flush()
    return int(program.stdout.readline()) / 1000


def report(ctxreport, program, limit_ms):
    """One look: the pause in milliseconds, and whether the leak was proved."""
    output = subprocess.run([ctxreport, "inspect", "--json", f"--max-pause={limit_ms}ms",
                             str(program.pid)], capture_output=True, text=True, check=False)
    data = json.loads(output.stdout)["runs"][0]["programs"][0]
    pause_ns = data["pause_ns"] or 0
    proved = any(finding["confidence"] == "proved" for finding in data["findings"])
    return pause_ns / 1e6, proved


def row(ctxreport, program, limit_ms, looks):
    held, said, proofs, without = [], [], 0, []
    for _ in range(looks):
        held_ms(program)
        time.sleep(0.3)
        without.append(held_ms(program))
        pause, proved = report(ctxreport, program, limit_ms)
        held.append(held_ms(program))
        said.append(pause)
        proofs += proved
    return (f"{max(held):.0f} | {max(without):.0f} | {max(said):.0f} | {proofs} of {looks}")


def busy_loops():
    return [subprocess.Popen([sys.executable, "-c", "while True: pass"])
            for _ in range(os.cpu_count())]


def measure(ctxreport, path, looks):
    for name, numbers in PROGRAMS:
        program = start(path, numbers)
        if not program:
            print(f"| {name} | cannot be had here |", flush=True)
            continue
        for limit_ms in LIMITS:
            print(f"| {name} | {limit_ms} | {row(ctxreport, program, limit_ms, looks)} |",
                  flush=True)
        program.kill()
        program.wait()


def main():
    ctxreport = os.path.abspath(sys.argv[1])
    looks = int(sys.argv[2]) if len(sys.argv) > 2 else 10
    with tempfile.TemporaryDirectory() as directory:
        path = build(directory)
        for title, loops in (("by itself", []), ("beside a busy loop on each processor", None)):
            loops = busy_loops() if loops is None else loops
            print(f"\n{title} (load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} "
                  "processors), ms:\n\n| program | asked | held | without | said | proved |\n"
                  "|---|---|---|---|---|---|", flush=True)
            measure(ctxreport, path, looks)
            for loop in loops:
                loop.kill()
                loop.wait()


main()
