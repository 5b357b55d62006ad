#!/usr/bin/env python3
"""Go programs that work on although the context that they work under has ended."""

import os
import shutil
import subprocess
import unittest

from ctxreport_test import ReportTest, parse

SOURCE = os.path.join(os.environ["CTXTRACE_GO_PROGRAMS"], "outlives.go")
RULE = "cancelled-but-blocked-elsewhere"


@unittest.skipUnless(shutil.which("go"), "there is no `go` to build the program with")
class GoOutlivesTest(ReportTest):
    def inspect(self, arguments, *options):
        """What the rule says of it: the sentence for each function that the goroutines run."""
        process = self.start_ready(self.build_go(SOURCE), *arguments, stderr=subprocess.DEVNULL)
        result = self.report("inspect", "--json", "--no-stop", *options, str(process.pid))
        self.assertIn(result.returncode, (0, 1), result.stderr)
        findings = parse(result.stdout)["runs"][0]["programs"][0]["findings"]
        self.end_process(process)
        return {frame["function"]: finding for finding in findings if finding["rule"] == RULE
                for stack in finding["stacks"] for frame in stack["frames"]
                if frame["function"] in ("main.canceled", "main.timedOut", "main.open")}

    def test_what_timed_out_is_told_at_the_first_look(self):
        findings = self.inspect([], "--max-lag=1ms")
        self.assertEqual(set(findings), {"main.timedOut"})
        finding = findings["main.timedOut"]
        self.assertEqual(finding["confidence"], "suspect")
        self.assertRegex(finding["sentence"],
                         r"1 task stays blocked in main\.fetch \(outlives\.go:\d+\) although the "
                         r"context that it likely works under had ended [0-9.]+\w+ ago "
                         r"\(context deadline exceeded\): goroutine \d+ waits to receive from .*, "
                         r"which does not watch it\.")

    def test_when_it_was_cancelled_is_known_from_an_earlier_look(self):
        findings = self.inspect([], "--max-lag=250ms", "--watch=300ms", "--count=2")
        self.assertEqual(set(findings), {"main.canceled", "main.timedOut"})
        self.assertIn("(context canceled)", findings["main.canceled"]["sentence"])

    def test_those_that_watch_their_contexts_are_not_named(self):
        self.assertEqual(self.inspect(["-watch"], "--max-lag=0s", "--watch=10ms", "--count=3"), {})


if __name__ == "__main__":
    unittest.main()
