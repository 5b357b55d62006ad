#!/usr/bin/env python3
"""Go programs that leave responses, rows and transactions open, that use them, and that close them."""

import os
import shutil
import subprocess
import time
import unittest

from ctxreport_test import ReportTest, parse

SOURCE = os.path.join(os.environ["CTXTRACE_GO_PROGRAMS"], "unclosed.go")
DEADLINE_SECONDS = 60
KINDS = {
    "body": r"12 bodies of HTTP responses have been open for at least \S+, and nobody reads from "
            r"them: for one, goroutine \d+ waits in net/http\.\(\*persistConn\)\.readLoop\.",
    "rows": r"12 results of database queries have been open for at least \S+, and nobody reads from "
            r"them: for one, goroutine \d+ waits in database/sql\.\(\*Rows\)\.awaitDone\.",
    "transaction": r"12 database transactions have been open for at least \S+, and nobody works in "
                   r"them: for one, goroutine \d+ waits in database/sql\.\(\*Tx\)\.awaitDone\.",
}


@unittest.skipUnless(shutil.which("go"), "there is no `go` to build the program with")
class LeftOpenTest(ReportTest):
    def setUp(self):
        super().setUp()
        self.program = self.build_go(SOURCE)

    def start(self, *arguments):
        process = self.start_ready(self.program, *arguments, stderr=subprocess.DEVNULL)
        return str(process.pid)

    def look(self, pid, *more):
        result = self.report("inspect", "--json", "--min-age=1ms", "--max-pause=10s", *more, pid)
        program = parse(result.stdout)["runs"][0]["programs"][0]
        return [finding for finding in program["findings"] if finding["rule"] == "left-open"]

    def look_until(self, is_there, pid, *more):
        """The last of them may have waited for a moment only, or not yet."""
        until = time.monotonic() + DEADLINE_SECONDS
        while True:
            findings = self.look(pid, *more)
            if is_there(findings) or time.monotonic() > until:
                return findings

    def test_left_open(self):
        for kind, sentence in KINDS.items():
            with self.subTest(kind):
                findings = self.look_until(lambda found: found and found[0]["count"] == 12,
                                           self.start(kind))
                self.assertEqual(len(findings), 1, findings)
                self.assertEqual(findings[0]["confidence"], "suspect")
                self.assertRegex(findings[0]["sentence"], f"^{sentence}$")

    def test_half_of_them_in_use(self):
        for kind in KINDS:
            with self.subTest(kind):
                pid = self.start("-use", kind)
                findings = self.look_until(
                    lambda found: found and "at most 6 of them are in use" in found[0]["sentence"]
                    and found[0]["count"] == 12, pid, "--max-registrations=5")
                self.assertEqual(len(findings), 1, findings)
                self.assertIn("at most 6 of them are in use", findings[0]["sentence"])
                self.assertEqual(self.look(pid, "--max-registrations=6"), [])

    def test_closed(self):
        """Twelve idle connections among them, once the last of them knows that it is idle."""
        for kind in KINDS:
            with self.subTest(kind):
                pid = self.start("-close", kind)
                time.sleep(0.3)
                self.assertEqual(
                    self.look_until(lambda found: not found, pid, "--max-registrations=0"), [])


if __name__ == "__main__":
    unittest.main()
