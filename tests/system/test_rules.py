"""Each rule finds the defect that is planted for it, and nothing in the clean twin.

Usage: test_rules.py CTXREPORT PROGRAMS [RULE...]

PROGRAMS is the directory of the built tests/programs. Every program is recorded and looked at
three times: while it lives; through the segment that it leaves when it is killed hard; and, in a
second run, through what it leaves after a regular exit. Prints one line per program, and what was
found where that is not what was expected.
"""

import glob
import json
import os
import subprocess
import sys
import tempfile
import time
from typing import NamedTuple, Optional

# Short, so that the test is; the programs hold still for longer than that.
MIN_AGE = "300ms"
SETTLE_SECONDS = 0.6
LOOK_SECONDS = 60


class Planted(NamedTuple):
    """What a planted defect is found as."""

    rule: str
    confidence: str
    count: int
    function: str
    # Claims that rest on how long something has lasted need a program that still writes.
    after_kill: bool = True
    # What it is found as when the program has left regularly; None: not looked at, because the
    # program's end mends the defect.
    after_exit: Optional[str] = None
    # A consequence or cause that is rightly found beside it.
    beside: tuple = ()


PLANTED = [
    Planted("lost-cancel", "proved", 128, "handle_request"),
    Planted("unreleased-timeout", "proved", 30, "query"),
    Planted("fat-context", "proved", 1, "main"),
    Planted("child-pile-up", "suspect", 1, "connected"),
    Planted("after-func-not-stopped", "likely", 40, "serve"),
    Planted("broken-inheritance", "likely", 1, "query"),
    Planted("inverted-deadline", "likely", 1, "query"),
    Planted("never-cancelled-wait", "proved", 1, "watch", after_exit="proved"),
    Planted("leaked-task", "proved", 4, "send_answer", after_exit="proved"),
    Planted("deadlock", "proved", 1, "", after_exit="proved"),
    Planted("ignored-cancel", "likely", 1, "", after_kill=False),
    Planted("cancelled-but-blocked-elsewhere", "likely", 1, "await_result", after_kill=False),
    Planted("wait-without-done", "likely", 1, "read_reply", after_kill=False),
    Planted("thread-not-joined", "suspect", 20, "start_job", after_kill=False,
            after_exit="likely"),
    Planted("wakes-only-by-parent", "likely", 12, "watch", beside=("lost-cancel",)),
    Planted("born-expired", "suspect", 1, "take_up"),
]


class Failed(Exception):
    """Something is not as it should be; says what."""


class Target:
    """A recorded program that is ready and stays so."""

    def __init__(self, program, directory):
        environment = dict(os.environ, CTXTRACE="1", CTXTRACE_DIR=directory)
        self.directory = directory
        self.process = subprocess.Popen(
            [program], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        line = self.process.stdout.readline()
        if line != b"ready\n":
            self.process.kill()
            raise Failed(f"{program} said {line!r} and ended with {self.process.wait()}")

    def kill(self):
        self.process.kill()
        self.process.communicate()

    def leave(self):
        self.process.communicate(b"\n", timeout=LOOK_SECONDS)

    def segments(self):
        return glob.glob(os.path.join(self.directory, "**", "*.ctxt"), recursive=True)

    def segment(self):
        paths = self.segments()
        if len(paths) != 1:
            raise Failed(f"there should be one segment in {self.directory}, not {paths}")
        return paths[0]


def run_inspect(ctxreport, target, directory, options):
    """The findings in this target, and the exit status of looking for them."""
    done = subprocess.run(
        [ctxreport, "inspect", "--json", *options,
         "--output", os.path.join(directory, "report.db"), str(target)],
        env=dict(os.environ, CTXTRACE_DIR=directory),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        timeout=LOOK_SECONDS,
        check=False,
    )
    # 3: nothing was found, but the recording is incomplete.
    if done.returncode not in (0, 1, 3):
        raise Failed(f"ctxreport ended with {done.returncode}: {done.stderr.decode()}")
    report = json.loads(done.stdout)
    programs = [program for run in report["runs"] for program in run["programs"]]
    if len(programs) != 1:
        raise Failed(f"the report should be about one program, not {len(programs)}")
    return programs[0]["findings"], done.returncode


def inspect(ctxreport, target, directory):
    return run_inspect(ctxreport, target, directory,
                       [f"--min-age={MIN_AGE}", f"--max-lag={MIN_AGE}"])


def describe(findings):
    lines = [f"    {f['rule']} {f['confidence']} {f['count']}: {f['sentence']}" for f in findings]
    return "\n".join(lines) or "    nothing"


def expect(condition, what, findings):
    if not condition:
        raise Failed(f"{what}; found was\n{describe(findings)}")


def check_planted(planted, confidence, findings, status):
    expect({f["rule"] for f in findings} == {planted.rule, *planted.beside},
           f"there should be {planted.rule} and nothing else", findings)
    ours = [finding for finding in findings if finding["rule"] == planted.rule]
    expect(len(ours) == 1, "it should be one finding", findings)
    found = ours[0]
    expect(found["confidence"] == confidence, f"it should be {confidence}", findings)
    expect(found["count"] == planted.count, f"the count should be {planted.count}", findings)
    if planted.function:
        expect(found["function"] == planted.function, f"it should be in {planted.function}, not "
               f"{found['function']}", findings)
        expect(str(found["file"]).endswith("_planted.c") and found["line"] > 0,
               "it should have a file and a line", findings)
    proved = any(finding["confidence"] == "proved" for finding in findings)
    expect(status == (1 if proved else 0), f"the status is {status}", findings)


def check_clean(_planted, _confidence, findings, status):
    expect(not findings and status == 0, "there should be no finding", findings)


def look_and_kill(ctxreport, program, planted, check):
    with tempfile.TemporaryDirectory(prefix="ctxtrace-rules-") as directory:
        target = Target(program, directory)
        try:
            time.sleep(SETTLE_SECONDS)
            found = inspect(ctxreport, target.process.pid, directory)
            check(planted, planted.confidence, *found)
        finally:
            target.kill()
        if planted.after_kill or check is check_clean:
            try:
                check(planted, planted.confidence,
                      *inspect(ctxreport, target.segment(), directory))
            except Failed as failure:
                raise Failed(f"after it was killed: {failure}") from failure


def leave_and_look(ctxreport, program, planted, check):
    with tempfile.TemporaryDirectory(prefix="ctxtrace-rules-") as directory:
        target = Target(program, directory)
        time.sleep(SETTLE_SECONDS)
        target.leave()
        if check is check_clean and not target.segments():
            return  # nothing was left alive, so there is nothing left to look at
        if planted.after_exit or check is check_clean:
            check(planted, planted.after_exit, *inspect(ctxreport, target.segment(), directory))


def main():
    ctxreport, programs, only = sys.argv[1], sys.argv[2], sys.argv[3:]
    failures = 0
    for planted in PLANTED:
        if only and planted.rule not in only:
            continue
        for kind, check in (("planted", check_planted), ("clean", check_clean)):
            name = f"{planted.rule.replace('-', '_')}_{kind}"
            failure = None
            for when, look in (("alive and killed", look_and_kill), ("left", leave_and_look)):
                try:
                    look(ctxreport, os.path.join(programs, name), planted, check)
                except (Failed, OSError, subprocess.TimeoutExpired) as caught:
                    failure = f"{when}: {caught}"
            failures += failure is not None
            print(f"FAILED  {name}, {failure}" if failure else f"ok      {name}", flush=True)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
