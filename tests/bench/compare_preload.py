#!/usr/bin/env python3
"""What the preload adds to locks and waits, in nanoseconds of CPU time.

usage: compare_preload.py PATH/TO/bench_preload_locks PATH/TO/libctxtrace-preload.so [--rounds N]

Each round runs the program without the preload, with it, and with it but recording off; what is
added is taken within a round, and the median over the rounds is printed.
"""
import argparse
import os
import statistics
import subprocess
import tempfile


def run(program, **environment):
    bare = {name: value for name, value in os.environ.items()
            if name not in ("LD_PRELOAD", "CTXTRACE")}
    output = subprocess.run([program], check=True, stdout=subprocess.PIPE, text=True,
                            env={**bare, **environment}).stdout
    return {name: float(value) for name, value in (line.split() for line in output.splitlines())}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program")
    parser.add_argument("preload")
    parser.add_argument("--rounds", type=int, default=7)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        preloaded = {"LD_PRELOAD": arguments.preload, "CTXTRACE_DIR": scratch}
        rounds = [(run(arguments.program), run(arguments.program, CTXTRACE="0", **preloaded),
                   run(arguments.program, **preloaded)) for _ in range(arguments.rounds)]
    print(f"{'':26}{'without':>9}{'off':>9}{'recorded':>10}")
    for name in rounds[0][0]:
        bare = statistics.median(round_[0][name] for round_ in rounds)
        off, on = (statistics.median(round_[i][name] - round_[0][name] for round_ in rounds)
                   for i in (1, 2))
        print(f"{name:26}{bare:9.1f}{off:+9.1f}{on:+10.1f}")


if __name__ == "__main__":
    main()
