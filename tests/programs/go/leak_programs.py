"""The programs of Go's own suite for its goroutine leak profile, for check_leak_profile.py.

They lie in a Go tree, in src/runtime/testdata/testgoroutineleakprofile, and are built from there
with any release, with an overlay of runtime/pprof. A release that has the profile writes it, waits
while a file is there, and writes it again. In an older one the overlay puts a profile of that name
that collects garbage, as the real one does, and waits in the same way.
"""

import collections
import json
import os
import re
import subprocess
import sys
import threading

SUITE = "src/runtime/testdata/testgoroutineleakprofile"
FIRST_WITH_PROFILE, FIRST_WITHOUT_EXPERIMENT = 26, 27

WAIT = """
func waitForReader() {
	os.Stdout.WriteString("\\n@@WAIT\\n")
	for i := 0; i < 3000; i++ {
		if _, err := os.Stat(os.Getenv("WAIT_WHILE")); err != nil {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
}
"""
WRITE = "\tif p.write != nil {\n\t\treturn p.write(w, debug)\n\t}\n"
WRITE_TWICE = """	if p.write != nil {
		err := p.write(w, debug)
		if p.name == "goroutineleak" && w == io.Writer(os.Stdout) {
			waitForReader()
			p.write(w, debug)
			os.Stdout.WriteString("\\n@@END\\n")
		}
		return err
	}
"""
PROFILES = re.compile(r'\t\t\t"mutex": +mutexProfile,\n')
PAUSE_AS_PROFILE = """			"mutex": mutexProfile,
			"goroutineleak": {
				name:  "goroutineleak",
				count: func() int { return 0 },
				write: func(w io.Writer, debug int) error {
					runtime.GC()
					if w == io.Writer(os.Stdout) {
						waitForReader()
						os.Stdout.WriteString("\\n@@END\\n")
					}
					return nil
				},
			},
"""

# What one run showed. Places are "file.go:line"; `leaked` counts them in the runtime's verdict, None
# if it has none, and `stuck` in ours, whether proved to be leaked or staying `by_design` (how many
# that are; of a release that judges itself, of those that it calls leaked); `beside` is how many
# others are at the places of `stuck`. `missed` and `wrong` are ids on which the two differ, `why` is
# what the reader says of those that are missed: that they can be woken, or why it is unknown.
Run = collections.namedtuple("Run", "leaked stuck by_design beside missed wrong why")
REACHED = "something reaches what they wait for"


def minor_of(release):
    return int(release.split(".")[1])


def root_of(release):
    """The release's Go tree, fetched if needed."""
    return output_of(["go", "env", "GOROOT"], GOTOOLCHAIN=release)


def output_of(command, directory=None, **environment):
    result = subprocess.run(command, cwd=directory, capture_output=True, text=True,
                            env=dict(os.environ, GOWORK="off", **environment))
    if result.returncode:
        sys.exit(result.stderr)
    return result.stdout.strip()


def make_overlay(release, folder):
    """Writes the overlay into the folder; returns its path."""
    pprof = os.path.join(root_of(release), "src/runtime/pprof/pprof.go")
    with open(pprof) as file:
        text = file.read()
    if minor_of(release) >= FIRST_WITH_PROFILE:
        found, changed = text.count(WRITE), text.replace(WRITE, WRITE_TWICE)
    else:
        changed, found = PROFILES.subn(lambda _: PAUSE_AS_PROFILE, text)
    if found != 1:
        sys.exit(f"runtime/pprof of {release} is not as this script knows it")
    if '\t"os"\n' not in changed:
        changed = changed.replace('\t"io"\n', '\t"io"\n\t"os"\n', 1)
    with open(os.path.join(folder, "pprof.go"), "w") as file:
        file.write(changed + WAIT)
    overlay = os.path.join(folder, "overlay.json")
    with open(overlay, "w") as file:
        json.dump({"Replace": {pprof: os.path.join(folder, "pprof.go")}}, file)
    return overlay


class Programs:
    """The programs of the tree `suite_root`, built with the release."""

    def __init__(self, suite_root, release, work, verdicts):
        self.release, self.verdicts = release, verdicts
        self.work = os.path.join(work, release)
        os.makedirs(self.work)
        overlay = make_overlay(release, self.work)
        self.executables = {}  # by name of the program
        for folder in ("", "goker"):
            self._build(os.path.join(suite_root, SUITE, folder), folder or "patterns", overlay)
        with open(os.path.join(suite_root, "src/runtime/goroutineleakprofile_test.go")) as file:
            self.simple = set(re.findall(r'makeTest\("(\w+)"', file.read()))

    def _build(self, source, name, overlay):
        copy = os.path.join(self.work, name)
        os.makedirs(copy)
        names = []
        for entry in os.listdir(source):
            if not entry.endswith(".go"):
                continue
            with open(os.path.join(source, entry)) as file:
                text = file.read()
            names += re.findall(r'register\("(\w+)"', text)
            with open(os.path.join(copy, entry), "w") as file:
                file.write(text)
        with open(os.path.join(copy, "go.mod"), "w") as file:
            file.write(f"module leaks\n\ngo 1.{minor_of(self.release)}\n")
        minor = minor_of(self.release)
        experiment = FIRST_WITH_PROFILE <= minor < FIRST_WITHOUT_EXPERIMENT
        # A toolchain in the module cache must not be overlaid, so for once the cache is elsewhere.
        output_of([os.path.join(root_of(self.release), "bin/go"), "build", "-overlay", overlay,
                   "-o", "leaks", "."], directory=copy, GOTOOLCHAIN="local",
                  GOMODCACHE=os.path.join(self.work, "modules"), GOFLAGS="-buildvcs=false",
                  GOEXPERIMENT="goroutineleakprofile" if experiment else "")
        self.executables.update({name: os.path.join(copy, "leaks") for name in names})

    def run(self, name):
        """Runs one program once, as Go's own test does."""
        wait = os.path.join(self.work, "wait")
        open(wait, "w").close()
        environment = dict(os.environ, GODEBUG="asyncpreemptoff=1", WAIT_WHILE=wait)
        if name in self.simple:
            environment["GOMAXPROCS"] = "1"
        program = subprocess.Popen([self.executables[name], name], stdout=subprocess.PIPE,
                                   text=True, stderr=subprocess.DEVNULL, env=environment)
        timer = threading.Timer(60, program.kill)
        timer.start()
        before = read_until(program.stdout, "@@WAIT")
        ours = subprocess.run([self.verdicts, str(program.pid)], capture_output=True, text=True)
        os.unlink(wait)
        after = read_until(program.stdout, "@@END")
        program.kill()
        program.wait()
        timer.cancel()
        if ours.returncode:
            sys.exit(f"{self.release} {name}: {ours.stderr}")
        lines = [[*line.split(" ", 3), REACHED][:4] for line in ours.stdout.splitlines()]
        proved = {int(number): place for number, fact, place, _ in lines if fact == "no"}
        by_design = {int(number): place for number, fact, place, _ in lines if fact == "by-design"}
        stuck = collections.Counter([*proved.values(), *by_design.values()])
        beside = sum(fact in ("yes", "unknown") and place in stuck for _, fact, place, _ in lines)
        if minor_of(self.release) < FIRST_WITH_PROFILE:
            return Run(None, stuck, len(by_design), beside, [], [], None)
        missed = set(before) - set(proved) - set(by_design)
        return Run(collections.Counter(before.values()), stuck, len(set(before) & set(by_design)),
                   beside, sorted(missed), sorted(set(proved) - set(before) - set(after)),
                   collections.Counter(why for number, _, _, why in lines if int(number) in missed))


LEAKED = re.compile(r"goroutine (\d+) \[[^\]]*\(leaked\)")
FRAME = re.compile(r"main\.\S.*\(.*\)$")
PLACE = re.compile(r"\t(\S+):(\d+)")


def read_until(stream, mark):
    """The goroutines that the profile calls leaked, up to the mark: id to place in package main."""
    leaked, number, in_main = {}, None, False
    for line in stream:
        if mark in line:
            break
        header, place = LEAKED.match(line), PLACE.match(line)
        if line.startswith("goroutine "):
            number = int(header.group(1)) if header else None
            if number:
                leaked[number] = "-"
        elif place and in_main and number and leaked[number] == "-":
            leaked[number] = os.path.basename(place.group(1)) + ":" + place.group(2)
        in_main = FRAME.match(line) is not None
    return leaked
