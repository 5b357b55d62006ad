#!/usr/bin/env python3
"""Runs the C and the Go benchmark of contexts in turn and prints medians and ratios.

usage: compare.py PATH/TO/contexts [--rounds N]

Each round runs Go, C and C recorded one after the other, so that a change of the machine's speed
meets all three; a ratio is taken within a round, and the median over the rounds is printed.
"""
import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile

LIMITS = {  # name: (unrecorded, recorded) ratio to Go that the project promises; None: not promised
    "create_cancel": (0.2, 1.0),
    "timeout_create_cancel": (0.2, 1.0),
        "propagation_1000_per_child": (0.2, 0.3),
    "propagation_100000_per_child": (0.2, 0.3),
}


def run(command, **environment):
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True,
                            env={**os.environ, **environment}).stdout
    return {name: float(value) for name, value in (line.split() for line in output.splitlines())}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("contexts")
    parser.add_argument("--rounds", type=int, default=7)
    arguments = parser.parse_args()
    go = shutil.which("go")
    if not go:
        sys.exit("compare.py: there is no go to compare with: install Go (package golang-go)")
    print(subprocess.run([go, "version"], check=True, stdout=subprocess.PIPE, text=True).stdout, end="")
    source = os.path.join(os.path.dirname(os.path.abspath(__file__)), "contexts.go")
    rounds = []
    with tempfile.TemporaryDirectory() as scratch:
        program = os.path.join(scratch, "contexts-go")
        subprocess.run([go, "build", "-o", program, source], check=True)
        for _ in range(arguments.rounds):
            rounds.append((run([program]), run([arguments.contexts]),
                           run([arguments.contexts, "recorded"], CTXTRACE_DIR=scratch)))
    print(f"{'':34}{'Go ns':>12}{'C ns':>12}{'recorded':>12}{'C / Go':>9}{'rec / Go':>10}")
    names = list(dict.fromkeys(name for round_ in rounds for result in round_ for name in result))
    for name in names:
        print_row(name, rounds)


def median_of(rounds, pick):
    values = [pick(round_) for round_ in rounds]
    values = [value for value in values if value is not None]
    return statistics.median(values) if values else None


def print_row(name, rounds):
    times = [median_of(rounds, lambda r, i=i: r[i].get(name)) for i in range(3)]
    ratios = [median_of(rounds, lambda r, i=i: r[i][name] / r[0][name] if name in r[0] else None)
              for i in (1, 2)]
    cells = [f"{t:12.1f}" if t is not None else f"{'-':>12}" for t in times]
    cells += [f"{r:9.2f}" if r is not None else f"{'-':>9}" for r in ratios]
    marks = [f" (promised {limit})" for limit in [LIMITS.get(name)] if limit]
    print(f"{name:34}{''.join(cells)}{''.join(marks)}")


if __name__ == "__main__":
    main()
