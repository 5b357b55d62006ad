#!/usr/bin/env python3
"""Go programs whose goroutines and contexts only grow: watched, and from two reports."""

import os
import shutil
import subprocess
import time
import unittest

from ctxreport_test import NOTHING_FOUND, FOUND, ReportTest, parse

SOURCE = os.path.join(os.environ["CTXTRACE_GO_PROGRAMS"], "growing.go")
PROOFS = ["--max-pause=10s"]


def line_of(text):
    with open(SOURCE) as file:
        return next(number for number, line in enumerate(file, 1) if text in line)


@unittest.skipUnless(shutil.which("go"), "there is no `go` to build the program with")
class GoGrowthTest(ReportTest):
    def setUp(self):
        super().setUp()
        self.program = self.build_go(SOURCE)

    def start(self, *arguments):
        self.process = self.start_ready(self.program, *arguments, stderr=subprocess.DEVNULL)
        time.sleep(0.5)  # some of what leaks is there at the first look
        return str(self.process.pid)

    def watch(self, pid, *more):
        result = self.report("inspect", "--watch=300ms", "--count=6", "--json", *PROOFS, *more, pid)
        program = parse(result.stdout)["runs"][0]["programs"][0]
        return [finding for finding in program["findings"] if finding["rule"] == "growing-site"]

    def check_sentences(self, sentences):
        """
        One of goroutines, at the line that they are stuck at; one of contexts, by the parent. On a
        busy machine some of those that end are seen, too: then it is said which stay.
        """
        self.assertEqual(len(sentences), 2, sentences)
        tasks, contexts = sorted(sentences, key=lambda text: "contexts" in text)
        self.assertRegex(tasks, r"tasks created in main\.\(\*session\)\.request "
                                r"(grew from|more and more stay)")
        self.assertIn(f"now in main.(*session).stuck (growing.go:{line_of('<-s.never')})", tasks)
        self.assertRegex(contexts, r"open cancel contexts below value context 0x[0-9a-f]+ "
                                   r"\(main\.key\(session\)\) (grew from|more and more stay)")

    def test_watched(self):
        findings = self.watch(self.start("-leak"))
        self.check_sentences([finding["sentence"] for finding in findings])
        self.assertEqual({finding["confidence"] for finding in findings}, {"suspect"})
        stacks = [frame for finding in findings for stack in finding["stacks"]
                  if stack["label"] == "created" for frame in stack["frames"]]
        self.assertIn(line_of("go s.serve"), [frame["line"] for frame in stacks])

    def test_watched_without_proofs(self):
        """What is garbage is then not known, and must not count."""
        findings = self.watch(self.start("-leak"), "--no-stop")
        self.check_sentences([finding["sentence"] for finding in findings])
        self.assertEqual(self.watch(self.start(), "--no-stop"), [])

    def test_steady_churn(self):
        pid = self.start()
        for _ in range(3):
            self.assertEqual(self.watch(pid), [])

    def two_reports(self, *arguments):
        pid = self.start(*arguments)
        for name in ("old.db", "new.db"):
            self.report("inspect", "-o", name, *PROOFS, pid)
            time.sleep(0.7)

    def test_two_reports(self):
        self.two_reports("-leak")
        result = self.report("diff", "--json", "--fail-on=suspect", "old.db", "new.db")
        self.assertEqual(result.returncode, FOUND, result.stderr)
        grown = parse(result.stdout)["grown"]
        self.check_sentences([item["sentence"] for item in grown])
        for item in grown:
            self.assertGreater(item["new"], item["old"])
        result = self.report("diff", "old.db", "new.db")
        self.assertEqual(result.returncode, NOTHING_FOUND, result.stderr)
        self.assertRegex(result.stdout, r"more suspect +growing-site .*\d+ -> \d+")
        self.assertNotIn("more suspect", self.report("diff", "new.db", "old.db").stdout)

    def grown_around(self, orders, *arguments):
        """What two reports say has grown, when that was ordered between them."""
        pid = self.start("-bursts", *arguments)
        self.report("inspect", "-o", "old.db", *PROOFS, pid)
        for order in orders:
            self.process.stdin.write(order + "\n")
            self.process.stdin.flush()
            self.assertEqual(self.process.stdout.readline().strip(), "done")
        self.report("inspect", "-o", "new.db", *PROOFS, pid)
        result = self.report("diff", "--json", "old.db", "new.db")
        self.assertEqual(result.returncode, NOTHING_FOUND, result.stderr)
        return [item["sentence"] for item in parse(result.stdout)["grown"]]

    def test_a_leak_beside_a_burst(self):
        """Most numbers of goroutines are those of the burst, whenever that was."""
        for orders in (["rest"], ["burst", "rest", "rest"], ["rest", "burst", "rest"],
                       ["rest", "rest", "burst"]):
            with self.subTest(orders=orders):
                sentences = self.grown_around(orders, "-leak")
                self.assertEqual(len(sentences), 1, sentences)
                self.assertIn("tasks created in main.(*session).leakOne grew from", sentences[0])
                self.assertIn("none was seen to end", sentences[0])

    def test_a_pool_beside_a_burst(self):
        for orders in (["pool", "rest", "rest"], ["burst", "pool", "rest", "rest"],
                       ["pool", "rest", "burst", "rest"]):
            with self.subTest(orders=orders):
                self.assertEqual(self.grown_around(orders), [])

    def test_two_reports_of_steady_churn(self):
        self.two_reports()
        result = self.report("diff", "--json", "--fail-on=suspect", "old.db", "new.db")
        self.assertEqual(result.returncode, NOTHING_FOUND, result.stdout + result.stderr)
        self.assertEqual(parse(result.stdout)["grown"], [])


if __name__ == "__main__":
    unittest.main()
