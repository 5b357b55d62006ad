"""What tests of the preload have in common: programs under it, and looks at them."""

import glob
import os
import shutil
import sqlite3
import subprocess
import tempfile
import time
import unittest

BUILD = os.environ["CTXTRACE_BUILD"]
SANITIZE = os.environ.get("CTXTRACE_SANITIZE", "")
PRELOAD = os.path.join(BUILD, "libctxtrace/preload/libctxtrace-preload.so")
CTXREPORT = os.path.join(BUILD, "ctxreport/ctxreport")
PROGRAMS = os.path.join(BUILD, "tests/programs")
SECONDS = 120


def program(name):
    return os.path.join(PROGRAMS, "preload_" + name)


@unittest.skipIf(SANITIZE, "the sanitizer's own library would have to be loaded first")
class PreloadTest(unittest.TestCase):
    """Each test has a directory of its own for segments and reports."""

    def setUp(self):
        self.directory = tempfile.mkdtemp(prefix="ctxtrace-preload-")
        self.addCleanup(shutil.rmtree, self.directory)
        self.segments = os.path.join(self.directory, "segments")
        os.mkdir(self.segments, 0o700)
        self.reports = 0

    def environment(self, preload=True, **more):
        environment = dict(os.environ, CTXTRACE_DIR=self.segments, LC_ALL="C")
        for name in ("CTXTRACE", "LD_PRELOAD"):
            environment.pop(name, None)
        environment.update(more)
        if preload:
            environment.setdefault("LD_PRELOAD", PRELOAD)
        return environment

    def run_program(self, *command, preload=True, **more):
        return subprocess.run(command, env=self.environment(preload, **more), timeout=SECONDS,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, cwd=self.directory, check=False)

    def start(self, *command, **more):
        """A program that has said that it is ready, and stays until leave()."""
        process = subprocess.Popen(command, env=self.environment(**more), stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE)
        self.addCleanup(self.end, process)
        lines = []
        while not lines or lines[-1] not in (b"ready\n", b""):
            lines.append(process.stdout.readline())
        self.assertEqual(lines[-1], b"ready\n")
        return process, lines[:-1]

    @staticmethod
    def end(process):
        process.kill()
        process.communicate()

    @staticmethod
    def leave(process):
        process.communicate(b"\n", timeout=SECONDS)
        return process.returncode

    def segment_files(self):
        return glob.glob(os.path.join(self.segments, "**", "*.ctxt"), recursive=True)

    def look(self, target):
        """A report on a pid or segment, as a database."""
        self.reports += 1
        path = os.path.join(self.directory, f"report{self.reports}.db")
        done = subprocess.run([CTXREPORT, "inspect", "--min-age=300ms", "--max-lag=300ms",
                               "--output", path, str(target)], env=self.environment(False),
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=SECONDS,
                              check=False)
        self.assertIn(done.returncode, (0, 1), done.stderr)
        database = sqlite3.connect(path)
        database.row_factory = sqlite3.Row
        self.addCleanup(database.close)
        return database

    def tasks(self, database):
        return [dict(row) for row in database.execute(
            "SELECT tasks.*, (SELECT group_concat(function, ' ') FROM (SELECT function FROM frames"
            " WHERE stack_id = creation_stack_id ORDER BY position)) AS created_in FROM tasks"
            " WHERE NOT system ORDER BY number")]

    @staticmethod
    def waits(database):
        rows = database.execute(
            "SELECT coalesce(t.name, 'main') AS task, w.operation, o.kind, h.name AS holder,"
            " j.name AS joined, w.until_ns FROM waits w JOIN tasks t ON t.id = w.task_id"
            " JOIN objects o ON o.id = w.object_id"
            " LEFT JOIN tasks h ON h.id = o.owner_task_id"
            " LEFT JOIN tasks j ON j.id = o.task_id")
        return {row["task"]: dict(row) for row in rows}

    def wait_until_blocked(self, pid, count):
        """Until as many of its tasks are in waits that are older than what a look asks for."""
        query = ("SELECT count(*) FROM waits w JOIN programs p ON p.id = w.program_id"
                 " WHERE p.taken_ns - w.since_ns > 300000000")
        self.wait_for(pid, query, count)

    def wait_for_age(self, pid):
        """Until its last thread has ended long enough ago."""
        self.wait_for(pid, "SELECT min(p.taken_ns - t.exited_ns) > 300000000 FROM tasks t"
                      " JOIN programs p ON p.id = t.program_id WHERE t.state = 'exited'", 1)

    def is_recorded(self, pid):
        """Not before it has made a thread, or waits for something."""
        for path in glob.glob(os.path.join(self.segments, f"{pid}-*.ctxt")):
            with open(path, "rb") as segment:
                if segment.read(8).strip(b"\0"):  # its first word is written last
                    return True
        return False

    def wait_for(self, pid, query, value):
        deadline = time.monotonic() + SECONDS
        while not self.is_recorded(pid) or self.look(pid).execute(query).fetchone()[0] != value:
            self.assertLess(time.monotonic(), deadline, "it did not come to that")
            time.sleep(0.05)

    def findings(self, database):
        return [(row["rule"], row["confidence"]) for row in database.execute(
            "SELECT rule, confidence FROM findings")]

    def assert_same(self, *command):
        without = self.run_program(*command, preload=False)
        with_it = self.run_program(*command)
        self.assertEqual(with_it.returncode, without.returncode, with_it.stderr)
        self.assertEqual(with_it.stdout, without.stdout)
        return with_it
