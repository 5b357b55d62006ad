#!/usr/bin/env python3
"""What grows in a C program, and what only seems to: watched, and from two reports."""

import os
import re
import subprocess
import time
import unittest

from ctxreport_test import PROGRAMS, ReportTest, parse

CTXTOP = os.environ["CTXTOP"]
LEAKS = {"leak_evenly", "leak_in_steps", "leak_seldom", "leak_among_short_requests",
         "leak_among_long_requests"}


def places(sentences):
    """Of each place: what is said."""
    found = {}
    for sentence in sentences:
        found[re.search(r"created in (\w+)", sentence).group(1)] = sentence
    return found


class GrowthTest(ReportTest):
    def start(self):
        process = self.start_ready(os.path.join(PROGRAMS, "growing"),
                                   env=dict(self.environment, CTXTRACE="1"))
        return str(process.pid)

    def test_watched(self):
        result = self.report("inspect", "--watch=100ms", "--count=60", "--rule=growing-site",
                             "--json", self.start())
        program = parse(result.stdout)["runs"][0]["programs"][0]
        found = places(item["sentence"] for item in program["findings"]
                       if item["rule"] == "growing-site")
        self.assertEqual(set(found), LEAKS | {"fall_behind"}, found)
        self.assertIn("stay longer and longer, and more come", found["fall_behind"])
        self.assertIn("none was seen to end", found["leak_evenly"])
        self.assertIn("more and more stay: those that had been there for",
                      found["leak_among_long_requests"])

    def test_no_other_rule_means_none_of_this(self):
        result = self.report("inspect", "--watch=20ms", "--count=60", "--rule=child-pile-up",
                             "--json", self.start())
        self.assertEqual(parse(result.stdout)["runs"][0]["programs"][0]["findings"], [])

    def test_shown_by_ctxtop(self):
        result = subprocess.run([CTXTOP, "--json", "--delay=100ms", "--count=60", "--view=findings",
                                 self.start()], env=self.environment, stdout=subprocess.PIPE,
                                text=True, check=True, timeout=300)
        samples = [parse(line) for line in result.stdout.splitlines()]
        self.assertEqual(self.growing(samples[0]), {})
        self.assertEqual(set(self.growing(samples[-1])), LEAKS | {"fall_behind"})

    @staticmethod
    def growing(sample):
        return places(item["sentence"] for item in sample["findings"]
                      if item["rule"] == "growing-site")

    def test_two_reports(self):
        pid = self.start()
        time.sleep(0.3)
        self.report("inspect", "-o", "old.db", pid)
        time.sleep(5)
        self.report("inspect", "-o", "new.db", pid)
        grown = parse(self.report("diff", "--json", "old.db", "new.db").stdout)["grown"]
        found = places(item["sentence"] for item in grown)
        self.assertEqual(set(found), LEAKS, found)
        self.assertIn(", all the time, most recently ", found["leak_evenly"])


if __name__ == "__main__":
    unittest.main()
