#!/usr/bin/env python3
"""ctxtop_loss.py CTXTOP [ROUNDS]: what a busy Go service loses while ctxtop watches it.

The service (tests/bench/go/busy) asks itself for answers as fast as the machine can. Windows of
three seconds in which ctxtop watches it, on a terminal of its own and at its default rate, take
turns with windows in which ctxtop is stopped (SIGSTOP): both kinds have the same things in memory.
Prints the median of the ratios of neighbours with an interval that holds it (95 %, by the order of
the ratios alone), how often ctxtop looked, and the processor time that it used.
"""

import os
import pty
import select
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time

WINDOW = 3.0
HERE = os.path.dirname(os.path.abspath(__file__))


def processor_seconds(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def drain(descriptor):
    """A terminal that nobody reads from would hold ctxtop up."""
    while True:
        try:
            if select.select([descriptor], [], [], 1)[0] and not os.read(descriptor, 65536):
                return
        except OSError:
            return


def answered(service):
    service.stdin.write("\n")
    service.stdin.flush()
    return int(service.stdout.readline())


def window(service):
    before, start = answered(service), time.monotonic()
    time.sleep(WINDOW)
    return (answered(service) - before) / (time.monotonic() - start)


def interval(values):
    """Of the median, without an assumption about how the values are spread."""
    ordered, count = sorted(values), len(values)
    reach = int(count / 2 - 0.98 * count ** 0.5)
    return ordered[max(reach, 0)], ordered[min(count - 1 - reach, count - 1)]


def start_ctxtop(ctxtop, pid):
    child, terminal = pty.fork()
    if child == 0:
        os.environ.update(TERM="xterm-256color", LINES="45", COLUMNS="160")
        os.execv(ctxtop, [ctxtop, str(pid)])
    threading.Thread(target=drain, args=(terminal,), daemon=True).start()
    return child, terminal


def measure(ctxtop, service, rounds):
    child, terminal = start_ctxtop(ctxtop, service.pid)
    time.sleep(5)  # opening the program is not what is measured
    ratios, rates, used = [], [], 0.0
    for _ in range(rounds):
        os.kill(child, signal.SIGSTOP)
        alone = window(service)
        os.kill(child, signal.SIGCONT)
        before = processor_seconds(child)
        watched = window(service)
        used += processor_seconds(child) - before
        ratios.append(watched / alone)
        rates.append(alone)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    os.close(terminal)
    return ratios, rates, used / (rounds * WINDOW)


def main():
    if len(sys.argv) < 2:
        sys.exit("usage: ctxtop_loss.py CTXTOP [ROUNDS]")
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 40
    with tempfile.TemporaryDirectory() as folder:
        busy = os.path.join(folder, "busy")
        subprocess.run(["go", "build", "-o", busy, "."], cwd=os.path.join(HERE, "go", "busy"),
                       check=True)
        service = subprocess.Popen([busy], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        service.stdout.readline()
        time.sleep(3)
        try:
            ratios, rates, share = measure(sys.argv[1], service, rounds)
        finally:
            service.kill()
            service.wait()
    low, high = interval(ratios)
    processors = os.cpu_count()
    print(f"requests per second, not watched: {statistics.median(rates):.0f}")
    print(f"watched / not watched: {statistics.median(ratios):.4f} ({low:.4f} to {high:.4f}), "
          f"{rounds} pairs of windows of {WINDOW:.0f} s")
    print(f"ctxtop used {100 * share:.2f} % of a processor, {100 * share / processors:.2f} % of the "
          f"machine's {processors}")


if __name__ == "__main__":
    main()
