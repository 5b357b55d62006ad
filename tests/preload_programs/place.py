"""Where a program is run: an empty directory of the same name each time, beside its input; and what
one run did there."""

import dataclasses
import glob
import hashlib
import json
import os
import re
import resource
import shutil
import signal
import subprocess
import tempfile
import time

from machine import CannotRun
from ways import PATH, PRELOADED

LONGEST = 600  # seconds that one run may take
PATIENCE = 20  # seconds that what was started may need to end after the script
SHARED_MEMORY = "/dev/shm"
HERE = os.path.dirname(os.path.abspath(__file__))


@dataclasses.dataclass
class Run:
    status: int
    output: str
    errors: str
    files: dict  # name: type, mode and hash of the content
    processes: list  # names of those that were still there
    shared: list  # names that were left in /dev/shm
    findings: list  # "confidence rule program" of the report and of segments that were left
    unrecorded: list  # what the report calls missing
    left: list  # "program, how it ended" of segments that were left
    refused: list  # why segments that were left cannot be read
    programs: int  # in the report
    cpu: float


def cpu_of_children():
    """Of all that have been waited for; what no one of theirs waited for comes to us."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def children():
    """Processes whose parent we are: those that were started in a run, or their orphans."""
    for stat in glob.glob("/proc/[0-9]*/stat"):
        try:
            with open(stat, encoding="utf-8", errors="replace") as file:
                text = file.read()
        except OSError:
            continue
        pid, name, state, parent = re.match(r"(\d+) \((.*)\) (\S) (\d+)", text, re.S).groups()
        if int(parent) == os.getpid():
            yield int(pid), name, state


def reap():
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


def wait_for_the_last():
    """Names of the processes that do not end by themselves; then they are ended."""
    end = time.monotonic() + PATIENCE
    while True:
        reap()
        left = [(pid, name) for pid, name, state in children() if state != "Z"]
        if not left or time.monotonic() > end:
            break
        time.sleep(0.02)
    names = sorted(name for _, name in left)
    while left:
        for pid, _ in left:
            os.kill(pid, signal.SIGKILL)
        time.sleep(0.02)
        reap()
        left = [(pid, name) for pid, name, _ in children()]
    return names


def content_of(path):
    if os.path.islink(path):
        return "-> " + os.readlink(path)
    if not os.path.isfile(path):
        return ""
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()[:16]


def files_below(directory, ignored):
    found = {}
    for folder, folders, names in os.walk(directory):
        for name in folders + names:
            path = os.path.join(folder, name)
            short = os.path.relpath(path, directory)
            if not re.search(ignored, short):
                found[short] = f"{os.lstat(path).st_mode:o} {content_of(path)}"
    return found


def shared_files():
    return sorted(os.path.relpath(path, SHARED_MEMORY) for path in
                  glob.glob(SHARED_MEMORY + "/**", recursive=True) if not os.path.isdir(path))


def empty(directory):
    for name in os.listdir(directory):
        path = os.path.join(directory, name)
        if os.path.isdir(path) and not os.path.islink(path):
            shutil.rmtree(path)
        else:
            os.unlink(path)


def normal(data, varies):
    text = data.decode("utf-8", "backslashreplace")
    for pattern, instead in varies:
        text = re.sub(pattern, instead, text, flags=re.M)
    return text


class Place:
    def __init__(self, program, tools):
        self.directory = tempfile.mkdtemp(prefix="preload-programs-")
        os.chmod(self.directory, 0o755)
        self.input = os.path.join(self.directory, "input")
        self.work = os.path.join(self.directory, "work")
        self.reports = os.path.join(self.directory, "reports")
        for directory in (self.input, self.work, self.reports):
            os.mkdir(directory)
        self.tools = tools
        self.name = program.name
        self.runs = 0
        self.first = None  # what the program did alone, the first time

    def leave(self):
        shutil.rmtree(self.directory, ignore_errors=True)

    def environment(self):
        """The same for all, whatever the caller's is."""
        return {"PATH": PATH, "HOME": self.work, "LC_ALL": "C.UTF-8", "TZ": "UTC", "USER": "root",
                "LOGNAME": "root", "SHELL": "/bin/bash", "TERM": "xterm", "INPUT": self.input,
                "SOURCES": os.path.join(HERE, "sources"), "TMPDIR": self.work}

    def command(self, script):
        prelude = os.path.join(HERE, "prelude.sh")
        return ["bash", "-c", f". {prelude}\n{script}", self.name]

    def prepare(self, program):
        if not program.prepare:
            return
        done = subprocess.run(self.command(program.prepare), cwd=self.input, check=False,
                              env=self.environment(), stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=LONGEST)
        if done.returncode:
            raise CannotRun(f"its input cannot be made: {(done.stderr or done.stdout)[-300:]!r}")

    def run(self, program, way, tools):
        self.runs += 1
        empty(self.work)
        empty(SHARED_MEMORY)
        report = os.path.join(self.reports, f"{self.runs}.json")
        before = cpu_of_children()
        status, output, errors = self.execute(program, way, tools, report)
        processes = wait_for_the_last()
        cpu = cpu_of_children() - before
        findings, unrecorded, programs = self.read_report(report)
        shared = shared_files()
        found, left, refused = self.inspect_left(way, shared)
        return Run(status, normal(output, program.varies), normal(errors, program.varies),
                   files_below(self.work, program.ignored_files), processes, shared,
                   sorted(findings + found), unrecorded, left, refused, programs, cpu)

    def execute(self, program, way, tools, report):
        command = tools.command(way, self.command(program.script), report)
        with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
            process = subprocess.Popen(command, cwd=self.work, stdin=subprocess.DEVNULL,
                                       stdout=output, stderr=errors, start_new_session=True,
                                       env=tools.environment(way, self.environment()))
            try:
                status = process.wait(LONGEST)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                status = process.wait()
                errors.write(b"(did not end)\n")
            output.seek(0)
            errors.seek(0)
            return status, output.read(), errors.read()

    @staticmethod
    def read_report(path):
        """Findings of all programs, what is missing, how many programs there are."""
        if not os.path.exists(path):
            return [], [], 0
        with open(path, encoding="utf-8") as file:
            run = json.load(file)["runs"][-1]
        findings = [f"{finding['confidence']} {finding['rule']} "
                    f"{os.path.basename(program['executable'])}"
                    for program in run["programs"] for finding in program["findings"]]
        losses = [loss["why"] for loss in run["losses"] if not loss["expected"]]
        losses += [f"{os.path.basename(program['executable'])}: {loss['what']}: {loss['why']}"
                   for program in run["programs"] for loss in program["losses"]
                   if not loss["expected"]]
        return findings, losses, len(run["programs"])

    def inspect_left(self, way, shared):
        """What is claimed of segments that were left, and whose they are."""
        findings, left, refused = [], [], []
        for name in shared if way == PRELOADED else ():
            if not name.endswith(".ctxt"):
                continue
            path = os.path.join(self.reports, "segment.json")
            done = subprocess.run([self.tools.ctxreport, "inspect", "--format=json", "--to=" + path,
                                   os.path.join(SHARED_MEMORY, name)], capture_output=True,
                                  text=True, check=False, timeout=LONGEST)
            if done.returncode in (0, 1, 3):
                findings += self.read_report(path)[0]
                left.append(self.whose(path))
            else:
                refused.append(done.stderr.strip())
        return findings, left, refused

    @staticmethod
    def whose(path):
        with open(path, encoding="utf-8") as file:
            program = json.load(file)["runs"][-1]["programs"][0]
        return f"{os.path.basename(program['executable'])}, {program['ended'] or program['state']}"
