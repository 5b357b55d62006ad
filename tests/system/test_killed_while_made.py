#!/usr/bin/env python3
"""A program that is killed at any system call of making its segment leaves nothing half-made."""

import os
import subprocess
import unittest

from ctxreport_test import PROGRAMS, ReportTest, parse

KILLED_AT_CALL = os.environ["KILLED_AT_CALL"]
KILLED, ENDED_BEFORE = 0, 3


@unittest.skipIf(os.environ.get("CTXTRACE_SANITIZE"),
                 "a preload built with a sanitizer cannot go anywhere")
class KilledWhileMade(ReportTest):
    def run_killed(self, number, program):
        self.report("run", "--json", "--to=r.json", "--", KILLED_AT_CALL,
                    str(number), program, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL)
        with open(self.path("r.json"), encoding="utf-8") as file:
            report = parse(file.read())
        os.unlink(self.path("r.json"))
        return report["runs"][0]

    def test_nothing_half_made_is_seen(self):
        program = os.path.join(PROGRAMS, "lost_cancel_clean")
        for number in range(1, 1000):
            run = self.run_killed(number, program)
            status = run["exit_status"]
            self.assertIn(status, (KILLED, ENDED_BEFORE))
            self.assertEqual(run["losses"], [], f"killed at call {number}")
            self.assertEqual(os.listdir(self.segments), [], f"killed at call {number}")
            if status == ENDED_BEFORE:
                break
        self.assertEqual(status, ENDED_BEFORE)
        self.assertGreater(number, 20, "where is the segment made?")


if __name__ == "__main__":
    unittest.main()
