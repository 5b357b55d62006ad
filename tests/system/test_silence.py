"""A busy program without a defect is looked at again and again, and nothing is found in it.

Usage: test_silence.py CTXREPORT PROGRAMS [LOOKS]

Half of the looks use the usual thresholds: no claim at all may be made. The other half judge
whatever there is, however young: many things look suspect for a moment, but nothing may be proved.
At last the program is killed hard in the middle of its work, a few times: nothing may be proved in
what it leaves.
"""

import os
import sys
import tempfile
import time

from test_rules import Failed, Target, describe, run_inspect

KILLS = 5


def expect_nothing(findings, least):
    claims = [finding for finding in findings if finding["confidence"] in least]
    if claims:
        raise Failed(f"nothing should be found; found was\n{describe(claims)}")


def look_at_the_living(ctxreport, program, looks):
    with tempfile.TemporaryDirectory(prefix="ctxtrace-silence-") as directory:
        target = Target(program, directory)
        try:
            for _ in range(looks // 2):
                findings, _ = run_inspect(ctxreport, target.process.pid, directory, [])
                expect_nothing(findings, ("proved", "likely", "suspect"))
                young = ["--min-age=0ms", "--max-lag=0ms"]
                findings, _ = run_inspect(ctxreport, target.process.pid, directory, young)
                expect_nothing(findings, ("proved",))
        finally:
            target.kill()


def look_at_the_dead(ctxreport, program, after_seconds):
    with tempfile.TemporaryDirectory(prefix="ctxtrace-silence-") as directory:
        target = Target(program, directory)
        time.sleep(after_seconds)
        target.kill()
        findings, _ = run_inspect(ctxreport, target.segment(), directory, [])
        expect_nothing(findings, ("proved",))


def main():
    ctxreport, programs = sys.argv[1], sys.argv[2]
    looks = int(sys.argv[3]) if len(sys.argv) > 3 else 40
    program = os.path.join(programs, "churn_clean")
    try:
        look_at_the_living(ctxreport, program, looks)
        for kill in range(KILLS):
            look_at_the_dead(ctxreport, program, 0.1 + 0.037 * kill)
    except Failed as failure:
        print(f"FAILED  {failure}")
        return 1
    print(f"ok      {looks} looks and {KILLS} kills")
    return 0


if __name__ == "__main__":
    sys.exit(main())
