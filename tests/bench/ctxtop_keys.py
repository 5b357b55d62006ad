#!/usr/bin/env python3
"""
How fast ctxtop answers a key while it watches many contexts.

    ctxtop_keys.py CTXTOP CTXTOP_TARGET [CONTEXTS [WIDTHxHEIGHT]]

CTXTOP_TARGET is the program of that name from the build (tests/system); it makes CONTEXTS contexts
(100,000) and then creates and ends others all the time. Prints what ctxtop measured itself, from a
key to the end of drawing, and what can be seen from outside: from a key to the first byte that it
writes to the terminal.
"""

import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import tempfile
import termios
import time

MOVES = [b"j"] * 100 + [b"\x06"] * 100 + [b"G", b"g"] * 10
FOLDS = [b"c", b"e", b"-", b"+", b" ", b" "] * 10
SEARCHES = [bytes([c]) for c in b"/request 9"] + [b"\r"] + [b"n"] * 20 + [b"N"] * 5
SORTS = [b">"] * 5 + [b"r", b"u"]


def drain(terminal, seconds):
    """Reads what there is for that long; the last that was read."""
    end = time.monotonic() + seconds
    text = b""
    while select.select([terminal], [], [], max(0, end - time.monotonic()))[0]:
        try:
            read = os.read(terminal, 1 << 16)
        except OSError:
            break
        if not read:
            break
        text += read
    return text


def answer_times(terminal, keys):
    times = []
    for key in keys:
        drain(terminal, 0.03)
        started = time.monotonic()
        os.write(terminal, key)
        select.select([terminal], [], [], 2)
        times.append((time.monotonic() - started) * 1e3)
    return sorted(times)


def tell(what, times):
    print(f"{what}: {len(times)} keys, median {times[len(times) // 2]:.1f} ms, "
          f"99 % {times[len(times) * 99 // 100]:.1f} ms, longest {times[-1]:.1f} ms")


def start_in_terminal(command, environment, width, height):
    pid, terminal = pty.fork()
    if pid == 0:
        os.execve(command[0], command, environment)
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))
    return terminal


def measure(ctxtop, process, environment, size):
    terminal = start_in_terminal([ctxtop, "--debug", str(process.pid)],
                                 dict(environment, TERM="xterm-256color", LC_ALL="C.UTF-8"), *size)
    drain(terminal, 5)
    for what, keys in (("moving", MOVES), ("folding", FOLDS), ("searching", SEARCHES),
                       ("sorting", SORTS)):
        tell(what, answer_times(terminal, keys))
    os.write(terminal, b"q")
    lines = drain(terminal, 3).decode(errors="replace").split("\x1b>")[-1].splitlines()
    print("\n".join("ctxtop itself, " + line for line in lines if "median" in line))


def main():
    ctxtop, target = sys.argv[1:3]
    contexts = sys.argv[3] if len(sys.argv) > 3 else "100000"
    size = tuple(map(int, (sys.argv[4] if len(sys.argv) > 4 else "160x50").split("x")))
    with tempfile.TemporaryDirectory(prefix="ctxtop-bench-") as segments:
        environment = dict(os.environ, CTXTRACE="1", CTXTRACE_DIR=segments)
        with subprocess.Popen([target, contexts, "churn"], env=environment,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
            process.stdout.readline()
            try:
                measure(ctxtop, process, environment, size)
            finally:
                process.kill()


if __name__ == "__main__":
    main()
