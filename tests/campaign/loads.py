"""What runs beside the program that is looked at.

quiet: nothing of ours. starved: the program has one core, at the lowest priority, beside a loop that
never rests: its threads are stopped by the kernel wherever they happen to be, and stand there for
long, also between two looks that are to confirm each other.
"""

import ctypes
import os
import signal
import subprocess
import sys

LOWEST = 19
DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG


def die_with_parent():
    """In a child: it does not outlive the campaign, however that ends."""
    ctypes.CDLL(None).prctl(DIE_WITH_PARENT, signal.SIGKILL)


class BusyLoop:
    """A process that keeps one core busy."""

    def __init__(self):
        self.core = max(os.sched_getaffinity(0))
        self.process = subprocess.Popen([sys.executable, "-c", "while True: pass"],
                                        preexec_fn=die_with_parent)
        os.sched_setaffinity(self.process.pid, {self.core})

    def end(self):
        self.process.kill()
        self.process.wait()


def threads_of(pid):
    try:
        return [int(name) for name in os.listdir(f"/proc/{pid}/task")]
    except OSError:
        return []


def starve(pid, core):
    """All threads that there are, and so all that they will make."""
    seen = set()
    while True:
        threads = set(threads_of(pid)) - seen
        if not threads:
            return
        for thread in threads:
            try:
                os.sched_setaffinity(thread, {core})
                os.setpriority(os.PRIO_PROCESS, thread, LOWEST)
            except OSError:
                pass  # it has ended
        seen |= threads
