#!/usr/bin/env python3
"""Lost cancels of Go programs name a place, and two places are two findings."""

import os
import shutil
import subprocess
import sys
import unittest

from ctxreport_test import NOTHING_FOUND, FOUND, ReportTest, parse

PROGRAMS = os.environ["CTXTRACE_GO_PROGRAMS"]
sys.path.insert(0, PROGRAMS)
import lost_places  # pylint: disable=wrong-import-position


def minor_there():
    version = subprocess.run(["go", "env", "GOVERSION"], capture_output=True, text=True, check=True)
    return int(version.stdout.split(".")[1])


@unittest.skipUnless(shutil.which("go"), "there is no `go` to build the programs with")
class LostPlacesTest(ReportTest):
    def build(self, source, *flags):
        program = self.path("program")
        result = subprocess.run(
            ["go", "build", *flags, "-o", program, source], capture_output=True, text=True,
            check=False, cwd=self.directory,
            env=dict(os.environ, GOFLAGS="-buildvcs=false", GOWORK="off", GO111MODULE="on"))
        self.assertEqual(result.returncode, 0, result.stderr)
        return program

    def build_ways(self, *flags):
        source = self.path("ways.go")
        with open(source, "w") as file:
            file.write(lost_places.program(minor_there()))
        return self.build(source, *flags)

    def look_at(self, program, argument, *more):
        process = subprocess.Popen([program, argument], stdout=subprocess.PIPE, text=True)
        try:
            self.assertEqual(process.stdout.readline().strip(), "ready")
            return self.report("inspect", "--max-pause=10s", "--min-age=0s", *more,
                               str(process.pid))
        finally:
            process.kill()
            process.wait()
            process.stdout.close()

    def lost(self, program, argument):
        result = self.look_at(program, argument, "--json")
        findings = parse(result.stdout)["runs"][0]["programs"][0]["findings"]
        return [finding for finding in findings if finding["rule"] == "lost-cancel"]

    def check_way(self, program, number, way):
        sentences = [finding["sentence"] for finding in self.lost(program, str(number))]
        self.assertEqual(len(sentences), 2, (way, sentences))
        for letter in "ab":
            named = [text for text in sentences if f"{number}{letter}" in text]
            self.assertEqual(len(named), 1, (way, sentences))

    def test_every_way(self):
        program = self.build_ways()
        ways = lost_places.ways(minor_there())
        self.assertGreater(len(ways), 60)
        for number, way in enumerate(ways):
            with self.subTest(way=way):
                self.check_way(program, number, way)

    def test_stripped(self):
        """Functions, keys and types have names still; variables have addresses."""
        program = self.build_ways("-ldflags=-s -w")
        for number, way in enumerate(lost_places.ways(minor_there())):
            keeper, between, user = way[2:]
            if "variable" not in (keeper, user) and keeper not in lost_places.VARIABLES:
                continue
            with self.subTest(way=way):
                sentences = [finding["sentence"] for finding in self.lost(program, str(number))]
                self.assertEqual(len(sentences), 2, sentences)
                named = [text for text in sentences
                         if "global data at 0x" in text or f"{number}a" in text
                         or f"{number}b" in text]
                self.assertEqual(len(named), 2, (between, sentences))

    def counts(self, program, argument):
        findings = self.lost(program, argument)
        self.assertEqual(len({finding["fingerprint"] for finding in findings}), 1)
        return sorted(finding["count"] for finding in findings)

    def test_alike(self):
        program = self.build(os.path.join(PROGRAMS, "lost_alike.go"))
        self.assertEqual(self.counts(program, "frame"), [1, 1])
        self.assertEqual(self.counts(program, "frame3"), [1, 1, 1])
        for way in ("loop", "table", "list"):
            self.assertEqual(self.counts(program, way), [1000], way)

    def test_baseline(self):
        """What is alike is known up to the number that there was, wherever it is kept."""
        program = self.build(os.path.join(PROGRAMS, "lost_alike.go"))
        self.look_at(program, "frame", "-o", "known.db")
        again = self.look_at(program, "frame", "--baseline=known.db")
        self.assertEqual(again.returncode, NOTHING_FOUND, again.stdout)
        more = self.look_at(program, "frame3", "--baseline=known.db")
        self.assertEqual(more.returncode, FOUND, more.stdout)


if __name__ == "__main__":
    unittest.main()
