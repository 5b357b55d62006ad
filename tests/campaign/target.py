"""A clean program that runs: it has said "ready", works, and ends when it is told to."""

import glob
import os
import resource
import select
import shutil
import signal
import subprocess
import tempfile
import time

from loads import die_with_parent, starve

PATIENCE = 120  # seconds, after which something hangs


class Trouble(Exception):
    """The program itself did not do what it should; says what."""


MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else tempfile.gettempdir()
PREFIX = "ctxtrace-campaign-"


def make_directory():
    """A private directory, in memory if there is some to have: segments lie there."""
    return tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-", dir=MEMORY)


def remove_remains():
    """What campaigns that were killed have left; those that run keep theirs."""
    for path in glob.glob(os.path.join(MEMORY, PREFIX + "*-*")):
        owner = os.path.basename(path)[len(PREFIX):].split("-")[0]
        if owner.isdigit() and not os.path.exists(f"/proc/{owner}"):
            shutil.rmtree(path, ignore_errors=True)


def environment_of(shape, tools, directory):
    environment = {name: value for name, value in os.environ.items()
                   if not name.startswith("CTXTRACE") and name != "LD_PRELOAD"}
    environment.update(CTXTRACE_DIR=directory, LC_ALL="C.UTF-8", **shape.environment)
    if shape.kind == "library" and "CTXTRACE" not in shape.environment:
        environment["CTXTRACE"] = "1"
    if shape.kind == "preload":
        environment["LD_PRELOAD"] = tools.preload
    if shape.way == "core":
        environment["GOTRACEBACK"] = "crash"
    return environment


def prepare_child():
    die_with_parent()
    limit = resource.getrlimit(resource.RLIMIT_CORE)[1]
    resource.setrlimit(resource.RLIMIT_CORE, (limit, limit))


class Target:
    def __init__(self, shape, executable, tools, core):
        self.directory = make_directory()
        self.cores = os.path.join(self.directory, "cores")
        os.mkdir(self.cores)
        self.said = ""
        self.process = subprocess.Popen(
            [executable, *shape.arguments], cwd=self.cores, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, preexec_fn=prepare_child,
            env=environment_of(shape, tools, self.directory))
        self.pid = self.process.pid
        try:
            self.pid = self.await_ready()
        except Trouble:
            self.end()
            raise
        if shape.load == "starved":
            starve(self.pid, core)

    def await_ready(self):
        """Reads "ready", or "ready PID" of a process that is to be looked at instead."""
        deadline = time.monotonic() + PATIENCE
        while "\n" not in self.said:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self.process.stdout], [], [], left)[0]:
                raise Trouble(f"it was not ready after {PATIENCE} s")
            part = os.read(self.process.stdout.fileno(), 4096)
            if not part:
                raise Trouble(f"it ended with {self.process.wait()} before it was ready")
            self.said += part.decode(errors="replace")
        words = self.said.split()
        if words[0] != "ready":
            raise Trouble(f"it said {self.said!r}")
        return int(words[1]) if len(words) > 1 else self.process.pid

    def lives(self):
        return self.process.poll() is None

    def kill(self, number=signal.SIGKILL):
        """Ends the process that is looked at, then, as it should, the one that started it."""
        os.kill(self.pid, number)
        if self.pid != self.process.pid:
            self.process.stdin.close()
        self.process.wait(PATIENCE)

    def segments(self):
        """Paths of the segments of the process that is looked at."""
        return glob.glob(os.path.join(self.directory, "**", f"{self.pid}-*.ctxt"), recursive=True)

    def core(self):
        names = sorted(name for name in os.listdir(self.cores) if name.startswith("core"))
        return os.path.join(self.cores, names[0]) if names else None

    def end(self):
        """Whatever state it is in: nothing of it is left."""
        if self.lives():
            if self.pid != self.process.pid:
                os.kill(self.pid, signal.SIGKILL)
            self.process.kill()
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait(PATIENCE)
        shutil.rmtree(self.directory, ignore_errors=True)
