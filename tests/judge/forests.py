"""The program forest: how it is built, and what it says of itself.

A forest is a program of one build. It writes its table, one JSON object a line, and says "ready";
it waits until its standard input is closed.
"""

import json
import os
import re
import resource
import shutil
import signal
import subprocess
from dataclasses import dataclass, field

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCES = os.path.join(HERE, "forest")
WITH_GO = os.path.join(HERE, "..", "with_go.sh")
BUILD_SECONDS = 900
READY_SECONDS = 120
MASK = 0x5a17c0de5a17c0de
CANNOT = 77  # the status of with_go.sh for a release that cannot be had


class CannotRun(Exception):
    """This build cannot be made on this machine; says why."""


@dataclass(frozen=True)
class Build:
    name: str  # "plain", "stripped" ...
    flags: tuple = ()
    environment: tuple = ()  # pairs
    language: str = ""  # of go.mod; "" the release's own
    running: tuple = ()  # environment of the program, pairs
    release: str = ""  # "1.26": of this release only


@dataclass
class Truth:
    contexts: list = field(default_factory=list)
    goroutines: list = field(default_factory=list)


def unmasked(text):
    """The address, 0 for none."""
    return int(text, 16) ^ MASK if text else 0


def language_of(release, build):
    return build.language or ".".join(release[2:].split(".")[:2])


def is_for(name, release):
    """since21.go is for Go 1.21 and later, before20.go for what was before Go 1.20."""
    match = re.fullmatch(r"(since|before)(\d+)\.go", name)
    if not match:
        return name.endswith(".go")
    return (int(release.split(".")[1]) >= int(match.group(2))) == (match.group(1) == "since")


def copy_sources(folder, release, build):
    """A module of its own, so that its go.mod has the version of the language; gives the sources."""
    os.makedirs(folder, exist_ok=True)
    names = sorted(name for name in os.listdir(SOURCES) if is_for(name, release))
    for name in names:
        shutil.copy(os.path.join(SOURCES, name), folder)
    with open(os.path.join(folder, "go.mod"), "w") as file:
        file.write(f"module forest\n\ngo {language_of(release, build)}\n")
    return names


def build_forest(folder, release, build):
    """The path of the program."""
    if not shutil.which("go"):
        raise CannotRun("there is no `go` to build it with")
    shutil.rmtree(folder, ignore_errors=True)
    # By their names: Go 1.19 does not build `.` where it was unpacked from a module.
    sources = copy_sources(folder, release, build)
    path = os.path.join(folder, "forest.exe")
    environment = {**os.environ, "GOFLAGS": "-buildvcs=false", "GOWORK": "off", "CGO_ENABLED": "0",
                   **dict(build.environment)}
    done = subprocess.run([WITH_GO, release, "go", "build", *build.flags, "-o", path, *sources],
                          cwd=folder, env=environment, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False, timeout=BUILD_SECONDS)
    if done.returncode == CANNOT:
        raise CannotRun(" ".join(done.stdout.split())[-300:])
    if done.returncode != 0:
        raise RuntimeError(f"{release} does not build {build.name}:\n{done.stdout}")
    return path


def read_truth(path):
    truth = Truth()
    with open(path) as file:
        for line in file:
            row = json.loads(line)
            row["address"] = unmasked(row["at"])
            if "goroutine" in row:
                truth.goroutines.append(row)
            else:
                truth.contexts.append(row)
    return truth


def allow_cores():
    limit = resource.getrlimit(resource.RLIMIT_CORE)[1]
    resource.setrlimit(resource.RLIMIT_CORE, (limit, limit))


class Forest:
    """A forest that runs; its truth; closed, it ends."""

    def __init__(self, program, build, seed, *sizes):
        self.core = None
        self.table = os.path.join(os.path.dirname(program), f"truth_{seed}.jsonl")
        command = [program, str(seed), self.table, *map(str, sizes)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True, cwd=os.path.dirname(program),
                                        stderr=subprocess.DEVNULL, preexec_fn=allow_cores,
                                        env={**os.environ, "GOTRACEBACK": "crash",
                                             **dict(build.running)})
        if self.process.stdout.readline().strip() != "ready":
            self.close()
            raise RuntimeError(f"{' '.join(command)} did not get ready")
        self.truth = read_truth(self.table)

    @property
    def pid(self):
        return self.process.pid

    def crash(self):
        """The path of the core that it leaves; it has then ended."""
        self.process.send_signal(signal.SIGABRT)
        self.process.wait(timeout=60)
        folder = os.path.dirname(self.table)
        names = [name for name in os.listdir(folder) if name.startswith("core")]
        if not names:
            raise CannotRun("cores are not written into the working directory"
                            " (/proc/sys/kernel/core_pattern, ulimit -c)")
        self.core = os.path.join(folder, names[0])
        return self.core

    def close(self):
        if self.core:
            os.unlink(self.core)
        self.process.stdin.close()
        self.process.stdout.close()
        try:
            self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
