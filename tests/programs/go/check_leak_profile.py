#!/usr/bin/env python3
"""check_leak_profile.py VERDICTS: compares our proofs with the Go runtime's own verdict.

Builds the programs of Go's own suite for its goroutine leak profile, which lie in the Go tree of
this machine, with that experiment switched on and with an overlay of runtime/pprof that writes the
profile, waits while a file is there, and writes it again. What the runtime called leaked before the
wait has to be proved here, and what is proved here has to be called leaked by the runtime before or
after it: the programs go on meanwhile.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import threading

HOOK = """	if p.write != nil {
		err := p.write(w, debug)
		if p.name == "goroutineleak" && w == io.Writer(os.Stdout) {
			os.Stdout.WriteString("\\n@@WAIT\\n")
			for i := 0; i < 3000; i++ {
				if _, err := os.Stat(os.Getenv("WAIT_WHILE")); err != nil {
					break
				}
				time.Sleep(10 * time.Millisecond)
			}
			p.write(w, debug)
			os.Stdout.WriteString("\\n@@END\\n")
		}
		return err
	}
"""
ORIGINAL = "\tif p.write != nil {\n\t\treturn p.write(w, debug)\n\t}\n"
LEAKED = re.compile(r"goroutine (\d+) \[[^\]]*\(leaked\)")


def go(*arguments, directory=None, **environment):
    result = subprocess.run(["go", *arguments], cwd=directory, capture_output=True, text=True,
                            env=dict(os.environ, **environment))
    if result.returncode:
        sys.exit(result.stderr)
    return result.stdout.strip()


def build(root, folder, work):
    """Builds one folder of programs; returns the executable and the names it runs."""
    source = os.path.join(root, "src/runtime/testdata/testgoroutineleakprofile", folder)
    names, copy = [], os.path.join(work, folder or "patterns")
    os.makedirs(copy)
    for name in os.listdir(source):
        if not name.endswith(".go"):
            continue
        with open(os.path.join(source, name)) as file:
            text = file.read()
        names += re.findall(r'register\("(\w+)"', text)
        with open(os.path.join(copy, name), "w") as file:
            file.write(text)
    with open(os.path.join(copy, "go.mod"), "w") as file:
        file.write("module leaks\n\ngo 1.26\n")
    go("build", "-overlay", os.path.join(work, "overlay.json"), "-o", "leaks", ".", directory=copy,
       GOEXPERIMENT="goroutineleakprofile", GOFLAGS="-buildvcs=false", GOTOOLCHAIN="local")
    return os.path.join(copy, "leaks"), sorted(names)


def make_overlay(root, work):
    pprof = os.path.join(root, "src/runtime/pprof/pprof.go")
    with open(pprof) as file:
        text = file.read()
    if ORIGINAL not in text:
        sys.exit("runtime/pprof of this Go release is not as this script knows it")
    text = text.replace(ORIGINAL, HOOK, 1)
    if '\t"os"\n' not in text:
        text = text.replace('\t"io"\n', '\t"io"\n\t"os"\n', 1)
    with open(os.path.join(work, "pprof.go"), "w") as file:
        file.write(text)
    with open(os.path.join(work, "overlay.json"), "w") as file:
        json.dump({"Replace": {pprof: os.path.join(work, "pprof.go")}}, file)


def read_until(stream, mark):
    text = ""
    for line in stream:
        text += line
        if mark in line:
            break
    return {int(number) for number in LEAKED.findall(text)}


def compare(verdicts, executable, name, work):
    """Returns how many the runtime called leaked, and the ids on which we differ."""
    wait = os.path.join(work, "wait")
    open(wait, "w").close()
    program = subprocess.Popen([executable, name], stdout=subprocess.PIPE, text=True,
                               stderr=subprocess.DEVNULL,
                               env=dict(os.environ, GODEBUG="asyncpreemptoff=1", WAIT_WHILE=wait))
    timer = threading.Timer(60, program.kill)
    timer.start()
    before = read_until(program.stdout, "@@WAIT")
    ours = subprocess.run([verdicts, str(program.pid)], capture_output=True, text=True)
    os.unlink(wait)
    after = read_until(program.stdout, "@@END")
    program.kill()
    program.wait()
    timer.cancel()
    if ours.returncode:
        sys.exit(ours.stderr)
    proved = {int(line.split()[0]) for line in ours.stdout.splitlines() if line.endswith(" no")}
    return len(before), sorted(before - proved), sorted(proved - before - after)


def main():
    verdicts = os.path.abspath(sys.argv[1])
    root = go("env", "GOROOT", GOTOOLCHAIN="local")
    programs = leaks = misses = errors = 0
    with tempfile.TemporaryDirectory() as work:
        make_overlay(root, work)
        for folder in ("", "goker"):
            executable, names = build(root, folder, work)
            for name in names:
                count, missed, wrong = compare(verdicts, executable, name, work)
                programs += 1
                leaks += count
                misses += len(missed)
                errors += len(wrong)
                if missed or wrong:
                    print(f"{name}: missed {missed}, wrongly proved {wrong}")
    print(f"{programs} programs, {leaks} goroutines leaked, {misses} missed, {errors} wrongly proved")
    # A busy thread's registers and stack are searched word by word, which may hide a leak or two.
    sys.exit(1 if errors or not leaks or misses > leaks / 100 else 0)


main()
