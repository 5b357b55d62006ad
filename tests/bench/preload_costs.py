#!/usr/bin/env python3
"""What the preload costs programs: short ones, those with very many threads, and their memory.

usage: preload_costs.py --build BUILD [--processes N] [--threads N] [--rounds N]

Everything is measured without the preload, with it, and with it switched off (CTXTRACE=0), in turn,
so that a change of the machine's speed meets all three; medians are printed.
"""
import argparse
import os
import re
import statistics
import subprocess
import tempfile

WAYS = ("without", "preload", "CTXTRACE=0")


class Machine:
    def __init__(self, build):
        self.preload = os.path.join(build, "libctxtrace/preload/libctxtrace-preload.so")
        self.ctxreport = os.path.join(build, "ctxreport/ctxreport")
        self.many_threads = os.path.join(build, "tests/programs/preload_many_threads")
        self.directory = tempfile.TemporaryDirectory(prefix="ctxtrace-costs-", dir="/dev/shm")

    def environment(self, way):
        environment = dict(os.environ, CTXTRACE_DIR=self.directory.name)
        for name in ("LD_PRELOAD", "CTXTRACE"):
            environment.pop(name, None)
        if way != "without":
            environment["LD_PRELOAD"] = self.preload
        if way == "CTXTRACE=0":
            environment["CTXTRACE"] = "0"
        return environment


def cpu_of_child(command, environment):
    """Milliseconds of processor time from the start of the program to its end."""
    pid = os.posix_spawn(command[0], command, environment)
    _, status, usage = os.wait4(pid, 0)
    assert status == 0, command
    return (usage.ru_utime + usage.ru_stime) * 1000


def short_processes(machine, count):
    times = {way: [] for way in WAYS}
    environments = {way: machine.environment(way) for way in WAYS}
    for _ in range(count):
        for way in WAYS:
            times[way].append(cpu_of_child(["/bin/true"], environments[way]))
    left = len(os.listdir(machine.directory.name))
    print(f"one /bin/true, processor time, median of {count}:",
          ", ".join(f"{way} {statistics.median(times[way]):.2f} ms" for way in WAYS) +
          f"; {left} files left")


def many_processes(machine, count, rounds):
    """As `make` starts them: one after the other, all in one run, with its report."""
    loop = ["/bin/sh", "-c", f"for i in $(seq {count}); do /bin/true; done"]
    environment = machine.environment("without")
    report = os.path.join(machine.directory.name, "report")
    pairs = []
    for _ in range(rounds):
        pairs.append((cpu_of_child(loop, environment) / 1000,
                      cpu_of_child([machine.ctxreport, "run", "--to=" + report, "--", *loop],
                                   environment) / 1000))
    print(f"{count} of them, processor time of all, median of {rounds}: "
          f"without {statistics.median(pair[0] for pair in pairs):.2f} s, "
          f"under ctxreport run {statistics.median(pair[1] for pair in pairs):.2f} s")


def many_threads(machine, count, rounds):
    times = {way: [] for way in WAYS}
    memory = {way: [] for way in WAYS}
    for _ in range(rounds):
        for way in WAYS:
            process = subprocess.Popen([machine.many_threads, str(count), "stay"],
                                       env=machine.environment(way), stdin=subprocess.PIPE,
                                       stdout=subprocess.PIPE, text=True)
            made, spent = re.match(r"(\d+) threads in ([\d.]+) s", process.stdout.readline()).groups()
            assert int(made) == count and process.stdout.readline() == "ready\n"
            times[way].append(float(spent))
            with open(f"/proc/{process.pid}/status", encoding="ascii") as status:
                memory[way].append(int(re.search(r"RssAnon:\s+(\d+)", status.read()).group(1)))
            process.communicate("\n")
            assert process.returncode == 7
    print(f"{count} threads that live at once, wall time until all wait, median of {rounds}:",
          ", ".join(f"{way} {statistics.median(times[way]):.2f} s" for way in WAYS))
    bare = statistics.median(memory["without"])
    print("memory of its own for each, beyond what it is without:",
          ", ".join(f"{way} {(statistics.median(memory[way]) - bare) / count:.2f} kB"
                    for way in WAYS[1:]))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", required=True)
    parser.add_argument("--processes", type=int, default=1000)
    parser.add_argument("--threads", type=int, default=10000)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    machine = Machine(arguments.build)
    with machine.directory:
        short_processes(machine, arguments.processes)
        many_processes(machine, arguments.processes, arguments.rounds)
        many_threads(machine, arguments.threads, arguments.rounds)


if __name__ == "__main__":
    main()
