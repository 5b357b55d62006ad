"""An installation in a directory whose path LD_PRELOAD cannot have: it splits at blanks and colons."""

import os
import sqlite3
import subprocess
import unittest

from preload_test import BUILD, SECONDS, PreloadTest, program


class Path(PreloadTest):
    def setUp(self):
        super().setUp()
        self.prefix = os.path.join(self.directory, "my tools: $LIB")
        subprocess.run(["cmake", "--install", BUILD, "--prefix", self.prefix], check=True,
                       stdout=subprocess.DEVNULL, timeout=SECONDS)

    def run_tool(self, name, *arguments, **environment):
        return self.run_program(os.path.join(self.prefix, "bin", name), *arguments, preload=False,
                                **environment)

    def links(self):
        return [name for name in os.listdir(self.segments) if name.startswith("preload-")]

    def test_ctxreport_records_from_there(self):
        for report in ("first.db", "second.db"):  # then the link is there already
            result = self.run_tool("ctxreport", "run", "-o", report, "--", program("names"))
            self.assertNotIn(b"cannot be preloaded", result.stderr)
            database = sqlite3.connect(os.path.join(self.directory, report))
            self.addCleanup(database.close)
            self.assertGreater(database.execute("SELECT count(*) FROM tasks").fetchone()[0], 3)
            self.assertEqual(len(self.links()), 1)

    def test_ctxtop_records_from_there(self):
        result = self.run_tool("ctxtop", "-b", "-n", "1", "--", program("deadlock"))
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn(b"segment", result.stdout)
        self.assertEqual(len(self.links()), 1)

    def test_no_way_around_is_said(self):
        directory = os.path.join(self.directory, "no way")
        os.mkdir(directory, 0o700)
        for tool, *arguments in (("ctxreport", "run"), ("ctxtop", "-b", "-n", "1")):
            result = self.run_tool(tool, *arguments, "--", program("names"), CTXTRACE_DIR=directory)
            self.assertGreater(result.returncode, 1)
            self.assertEqual(result.stdout, b"")
            self.assertIn(b"set CTXTRACE_DIR to another directory", result.stderr)
            self.assertEqual(os.listdir(directory), [])


if __name__ == "__main__":
    unittest.main()
