"""Where the tools and the clean programs are; Go programs are built when they are first needed."""

import os
import shutil
import subprocess
from dataclasses import dataclass

from version import ROOT

BUILD_SECONDS = 600
GO_SOURCES = ["tests/campaign/programs/go", "tests/programs/go"]


class CannotRun(Exception):
    """A shape cannot be looked at on this machine; says why."""


@dataclass
class Tools:
    build: str

    @property
    def ctxreport(self):
        return os.path.join(self.build, "ctxreport", "ctxreport")

    @property
    def preload(self):
        return os.path.join(self.build, "libctxtrace", "preload", "libctxtrace-preload.so")

    def directory(self, *names):
        path = os.path.join(self.build, "campaign", *names)
        os.makedirs(path, exist_ok=True)
        return path


def c_program(tools, kind, name):
    for path in (os.path.join("tests", "campaign", f"{kind}_{name}"),
                 os.path.join("tests", "programs", name)):
        path = os.path.join(tools.build, path)
        if os.path.exists(path):
            return path
    raise CannotRun(f"the program {kind}_{name} is not built (ninja -C {tools.build})")


def source_of(name):
    for directory in GO_SOURCES:
        path = os.path.join(ROOT, directory, name + ".go")
        if os.path.exists(path):
            return path
    raise CannotRun(f"there is no {name}.go")


def build_go(source, release, path, settings):
    """Builds with a release of Go, or with the machine's own."""
    if not shutil.which("go"):
        raise CannotRun("there is no `go` to build it with")
    command = ["go", "build", "-o", path + ".new", source]
    if release != "go":
        command = [os.path.join(ROOT, "tests", "with_go.sh"), release, *command]
    # In a directory of its own, so that no go.mod of anybody decides the language version.
    environment = {**os.environ, "GOFLAGS": "-buildvcs=false", "GOWORK": "off",
                   "CGO_ENABLED": "0", **settings}
    done = subprocess.run(command, env=environment, cwd=os.path.dirname(path), text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
                          timeout=BUILD_SECONDS)
    if done.returncode != 0:
        raise CannotRun(f"{release} does not build {os.path.basename(source)}: "
                        + " ".join(done.stdout.split())[-300:])
    os.rename(path + ".new", path)


def go_program(tools, shape):
    source = source_of(shape.program)
    parts = [shape.program, *(f"{key}-{value}" for key, value in shape.build.items())]
    path = os.path.join(tools.directory("go", shape.release), "_".join(parts))
    if not os.path.exists(path) or os.path.getmtime(path) < os.path.getmtime(source):
        build_go(source, shape.release, path, shape.build)
    return path


def executable_of(tools, shape):
    """Path of the shape's program; raises CannotRun."""
    if not os.path.exists(tools.ctxreport):
        raise CannotRun(f"ctxreport is not built (ninja -C {tools.build})")
    if shape.kind == "go":
        return go_program(tools, shape)
    return c_program(tools, shape.kind, shape.program)
