#!/usr/bin/env python3
"""The rows of verdicts.md against the tests that there are, the headers, and Go's sources.

usage: test_verdicts.py PROGRAM...     the programs conformance_*, which list their tests
"""

import fnmatch
import glob
import os
import re
import shutil
import subprocess
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
HEADERS = os.path.join(ROOT, "libctxtrace", "include", "ctxtrace")
PROGRAMS = sys.argv[1:]
del sys.argv[1:]


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def output(*command):
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout


def words(text):
    """Without the shape of comments: what is quoted may be broken into other lines."""
    return " ".join(re.sub(r"^\s*(/\*|\*/|\*)", " ", line) for line in text.splitlines()).split()


class Row:
    """`place` is a file of Go's, or some of its tests: "file: pattern"."""

    def __init__(self, place, cells):
        self.place = place
        self.name, self.verdict, ours, self.remarks = cells
        self.tests = [test for test in ours.split(", ") if test]

    def __str__(self):
        return f"{self.place} {self.name}"


def rows():
    page = read(os.path.join(HERE, "verdicts.md"))
    for section in page.split("\n## ")[1:]:
        place, _, table = section.partition("\n")
        for line in re.findall(r"^\|(.*)\|$", table, re.M)[2:]:  # behind the titles and the rule
            yield Row(place, [cell.strip() for cell in line.split("|")])


def names_in(path):
    """Its tests and examples; where a test runs the rows of a table by name, these."""
    names = set()
    for function in re.findall(r"^func (?:X?Test|Example)\w*\(.*?^}", read(path), re.M | re.S):
        name = re.match(r"func (\w+)", function).group(1)
        rows_of_it = re.findall(r"^\t+name: +\"(.*)\",$", function, re.M)
        if "t.Run(test.name" in function:
            names.update(f"{name}/{row}" for row in rows_of_it)
        else:
            names.add(name)
    return names


class Verdicts(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.rows = list(rows())
        cls.listed = {f"{os.path.basename(program).removeprefix('conformance_')}:{name}"
                      for program in PROGRAMS for name in output(program, "--list").split()}

    def test_rows_are_whole(self):
        self.assertGreater(len(self.rows), 100)
        self.assertEqual(len({str(row) for row in self.rows}), len(self.rows))
        for row in self.rows:
            self.assertIn(row.verdict, ("same", "departs", "no meaning"), str(row))
            if row.verdict != "same":
                self.assertGreater(len(row.remarks), 20, f"{row} has no reason")

    def test_each_row_has_its_tests(self):
        self.assertGreater(len(self.listed), 100)
        for row in self.rows:
            self.assertEqual(bool(row.tests), row.verdict != "no meaning", str(row))
            for test in row.tests:
                self.assertIn(test, self.listed, str(row))

    def test_each_test_has_a_row(self):
        self.assertEqual(self.listed - {test for row in self.rows for test in row.tests}, set())

    def test_departures_stand_in_the_headers(self):
        for row in self.rows:
            quotes = re.findall(r'`(\w+\.h)`: "(.*)"$', row.remarks)
            self.assertEqual(len(quotes), int(row.verdict == "departs"), str(row))
            for header, quote in quotes:
                there = " ".join(words(read(os.path.join(HEADERS, header))))
                self.assertIn(" ".join(quote.split()), there, str(row))

    def rows_of(self, place):
        return {row.name for row in self.rows if row.place == place}

    def test_go_has_these_tests(self):
        page = read(os.path.join(HERE, "verdicts.md"))
        release = re.search(r"^The rows are those of Go (\d+\.\d+) ", page, re.M).group(1)
        go = shutil.which("go")
        if not go or not re.match(rf"go{release}(\.|rc|$)", output(go, "env", "GOVERSION").strip()):
            self.skipTest(f"Go {release} is not installed")
        root = output(go, "env", "GOROOT").strip()
        for place in sorted({row.place for row in self.rows}):
            file, _, pattern = place.partition(": ")
            path = os.path.join(root, file)
            if os.path.isdir(path):
                there = {os.path.basename(name) for name in glob.glob(os.path.join(path, "*.go"))}
            elif os.path.exists(path):
                there = names_in(path)
            else:  # of another module, or a Go without its tests
                continue
            there = set(fnmatch.filter(there, pattern or "*"))
            self.assertEqual(self.rows_of(place), there, place)
        context = glob.glob(os.path.join(root, "src/context/*_test.go"))
        of_tests = {os.path.relpath(path, root) for path in context if names_in(path)}
        self.assertEqual(of_tests - {row.place for row in self.rows}, set())


if __name__ == "__main__":
    unittest.main()
