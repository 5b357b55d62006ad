"""What the system tests of ctxreport have in common: the tool, fixtures, a directory to write to."""

import json
import os
import shutil
import sqlite3
import subprocess
import tempfile
import unittest

CTXREPORT = os.environ["CTXREPORT"]
FIXTURES = os.environ["CTXTRACE_FIXTURES"]
PROGRAMS = os.environ.get("CTXTRACE_PROGRAMS", "")

NOTHING_FOUND, FOUND, TROUBLE, INCOMPLETE = 0, 1, 2, 3
PATIENCE = 300  # seconds, which only what hangs exhausts


def fixture(name):
    return os.path.join(FIXTURES, name + ".snapshot")


class ReportTest(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.mkdtemp(prefix="ctxreport-test-")
        self.addCleanup(shutil.rmtree, self.directory)
        self.segments = self.path("segments")
        os.mkdir(self.segments, 0o700)
        self.environment = dict(os.environ, TZ="UTC", LC_ALL="C.UTF-8",
                                CTXTRACE_DIR=self.segments)
        for name in ("NO_COLOR", "COLUMNS"):
            self.environment.pop(name, None)

    def path(self, name):
        return os.path.join(self.directory, name)

    def build_go(self, source):
        """Builds a Go program with the `go` of this machine; returns where it is."""
        program = self.path(os.path.basename(source).removesuffix(".go"))
        result = subprocess.run(
            ["go", "build", "-o", program, source], capture_output=True, text=True, check=False,
            env=dict(os.environ, GOFLAGS="-buildvcs=false", GOWORK="off"))
        self.assertEqual(result.returncode, 0, result.stderr)
        return program

    def start_ready(self, *command, **keywords):
        """Starts a program that says "ready"; it is ended with the test."""
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                   text=True, **keywords)
        self.addCleanup(self.end_process, process)
        self.assertEqual(process.stdout.readline().strip(), "ready")
        return process

    @staticmethod
    def end_process(process):
        process.kill()
        process.wait()
        process.stdin.close()
        process.stdout.close()

    def report(self, *arguments, **keywords):
        """Runs ctxreport; returns what subprocess.run() does, with text."""
        keywords.setdefault("env", self.environment)
        keywords.setdefault("stdout", subprocess.PIPE)
        keywords.setdefault("stderr", subprocess.PIPE)
        keywords.setdefault("cwd", self.directory)
        return subprocess.run([CTXREPORT, *arguments], text=True, timeout=PATIENCE, check=False,
                              **keywords)

    def assert_refused(self, result, *words):
        """One sentence on standard error, nothing on standard output, status 2."""
        self.assertEqual(result.returncode, TROUBLE, result.stderr)
        self.assertFalse(result.stdout)
        lines = result.stderr.strip().splitlines()
        self.assertEqual(len(lines), 1, result.stderr)
        self.assertTrue(lines[0].startswith("ctxreport: "), lines[0])
        for word in words:
            self.assertIn(word, lines[0])

    def assert_consistent(self, path):
        """The report is one self-contained, private, sound SQLite file."""
        self.assertEqual(os.stat(path).st_mode & 0o777, 0o600)
        self.assertFalse([name for name in os.listdir(os.path.dirname(path))
                          if name.startswith(os.path.basename(path) + "-")])
        database = sqlite3.connect(path)
        self.assertEqual(database.execute("PRAGMA integrity_check").fetchall(), [("ok",)])
        self.assertEqual(database.execute("PRAGMA foreign_key_check").fetchall(), [])
        self.assertEqual(database.execute("PRAGMA journal_mode").fetchone(), ("delete",))
        database.close()

    def select(self, path, sql):
        database = sqlite3.connect(path)
        rows = database.execute(sql).fetchall()
        database.close()
        return rows


def parse(text):
    return json.loads(text)
