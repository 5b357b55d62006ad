#!/usr/bin/env python3
"""How long things had lasted in a program that is dead, and how it ended."""

import glob
import os
import signal
import subprocess
import time
import unittest

from ctxreport_test import CTXREPORT, PATIENCE, PROGRAMS, ReportTest, parse

LEAKING = os.path.join(PROGRAMS, "lost_cancel_planted")
OTHERWISE = os.path.join(PROGRAMS, "ends_otherwise")
HANGS_NS = 1_500_000_000


def monotonic_ns():
    return time.clock_gettime_ns(time.CLOCK_MONOTONIC)


class Times(ReportTest):
    def start(self, *command, **environment):
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True, cwd=self.directory,
                                   env=dict(self.environment, **environment))
        self.addCleanup(process.stdin.close)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.stderr.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        self.assertEqual(process.stdout.readline(), "ready\n")
        return process

    def hang(self):
        """Lets time pass in which the program writes nothing; what is older than this is right."""
        since = monotonic_ns()
        time.sleep(HANGS_NS / 1e9)
        return monotonic_ns() - since

    def segment(self):
        (path,) = glob.glob(os.path.join(self.segments, "**", "*.ctxt"), recursive=True)
        return path

    def program_and_age(self, report):
        (program,) = report["programs"]
        (found,) = [finding for finding in program["findings"] if finding["rule"] == "lost-cancel"]
        return program, program["taken_ns"] - found["since_ns"]


class Witnessed(Times):
    def child_of(self, process):
        with open(f"/proc/{process.pid}/task/{process.pid}/children") as children:
            (child,) = children.read().split()
        return int(child)

    def end(self, how, command=LEAKING):
        run = self.start(CTXREPORT, "run", "--json", "--to", "report.json", "--", command)
        child = self.child_of(run)
        hung = self.hang()
        how(run, child)
        run.wait(PATIENCE)
        with open(self.path("report.json")) as report:
            (made,) = parse(report.read())["runs"]
        return self.program_and_age(made), hung

    def test_killed(self):
        (program, age), hung = self.end(lambda run, child: os.kill(child, signal.SIGKILL))
        self.assertEqual(program["ended"], "was killed by signal 9 (SIGKILL)")
        self.assertFalse(program["taken_at_least"])
        self.assertGreaterEqual(age, hung)

    def test_left_by_the_way_that_no_handler_sees(self):
        run = self.start(CTXREPORT, "run", "--json", "--to", "report.json", "--", OTHERWISE, "_exit")
        run.stdin.write("\n")
        run.stdin.flush()
        self.assertEqual(run.wait(PATIENCE), 3)
        with open(self.path("report.json")) as report:
            ((program,),) = [run["programs"] for run in parse(report.read())["runs"]]
        self.assertEqual(program["ended"], "exited with status 3")
        self.assertFalse(program["taken_at_least"])


class NotWitnessed(Times):
    def inspected(self, *target):
        return parse(self.report("inspect", "--json", *target).stdout)["runs"][0]

    def test_says_at_least(self):
        program = self.start(LEAKING, CTXTRACE="1")
        program.kill()
        program.wait()
        told, _ = self.program_and_age(self.inspected(self.segment()))
        self.assertIn("nobody saw how", told["ended"])
        self.assertTrue(told["taken_at_least"])
        text = self.report("inspect", self.segment()).stdout
        self.assertIn("at least", text)

    def test_a_look_is_a_sign_of_life(self):
        program = self.start(LEAKING, CTXTRACE="1")
        hung = self.hang()
        self.inspected(str(program.pid))
        program.kill()
        program.wait()
        told, age = self.program_and_age(self.inspected(self.segment()))
        self.assertTrue(told["taken_at_least"])
        self.assertGreaterEqual(age, hung)

    def test_exec_is_told_from_death(self):
        program = self.start(OTHERWISE, "exec", CTXTRACE="1")
        program.stdin.write("\n")
        program.stdin.flush()
        with open(f"/proc/{program.pid}/comm") as comm:
            while comm.read() != "sleep\n":
                comm.seek(0)
        (told,) = self.inspected(self.segment())["programs"]
        self.assertEqual(told["ended"], "became another program (exec)")

    def test_nothing_is_written_where_that_is_forbidden(self):
        program = self.start(LEAKING, CTXTRACE="1")
        with open(self.segment(), "rb") as segment:
            before = segment.read(8192)
            self.environment["CTXTRACE_READ_ONLY"] = "1"
            self.inspected(str(program.pid))
            segment.seek(0)
            self.assertEqual(segment.read(8192), before)


if __name__ == "__main__":
    unittest.main()
