#!/usr/bin/env python3
"""docs/examples/demonstration: shows the main job, says the truth about it, and cleans up.

The build to test is CTXTRACE_BUILD, or build/ in the source tree.
"""

import os
import re
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import time
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get("CTXTRACE_BUILD", os.path.join(ROOT, "build"))
DEMONSTRATION = os.path.join(ROOT, "docs", "examples", "demonstration")
REPORT = os.path.join(BUILD, "demonstration", "orders.db")
PATIENCE = 300  # seconds

PLANTED = {
    "lost-cancel": ("proved", "leak_forgotten_cancel", "leaks/forgotten_cancel.c"),
    "leaked-task": ("proved", "get_quote", "leaks/sender_without_receiver.c"),
    "ignored-cancel": ("likely", "leak_ignored_done", "leaks/ignored_done.c"),
    "broken-inheritance": ("likely", "send_receipt", "leaks/detached_work.c"),
    "fat-context": ("likely", "remember_visit", "leaks/fat_context.c"),
}


def running(temporary):
    """Processes whose environment says that they belong to the demonstration in this directory."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/environ", "rb") as file:
                if temporary.encode() in file.read():
                    found.append(int(pid))
        except OSError:
            pass
    return found


class Demonstration(unittest.TestCase):
    def setUp(self):
        # Its private directory is made here, so that what it leaves can be seen.
        self.temporary = tempfile.mkdtemp(prefix="ctxtrace-test-of-the-demonstration-")
        self.addCleanup(shutil.rmtree, self.temporary)
        self.environment = dict(os.environ, TMPDIR=self.temporary, LC_ALL="C.UTF-8")

    def start(self, *arguments, **keywords):
        return subprocess.Popen([DEMONSTRATION, *arguments], env=self.environment,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                **keywords)

    def assert_nothing_left(self):
        until = time.monotonic() + 5
        while running(self.temporary) and time.monotonic() < until:
            time.sleep(0.05)
        self.assertEqual(running(self.temporary), [])
        self.assertEqual(os.listdir(self.temporary), [])

    def assert_stopped_by(self, process, sent, status):
        process.send_signal(sent)
        process.communicate(timeout=PATIENCE)
        self.assertEqual(process.returncode, status)
        self.assert_nothing_left()

    def test_shows_the_main_job(self):
        process = self.start(BUILD)
        out, complaints = process.communicate(timeout=PATIENCE)
        self.assertEqual((process.returncode, complaints), (0, ""), out + complaints)
        self.assert_nothing_left()
        for expected in (
                r"─ orders +#\d+ +cancel +open",  # the live tree
                r"─ GET /\S+ r\d+ +#\d+ +deadline +open",
                r"─ refresh of the prices .*!lost-cancel .*forgotten_cancel\.c:\d+",
                r"BLOCKED TASKS BY OBJECT",
                r"─ quote +send .*!leaked-task",
                r"ctxtop/ctxtop \d+\n",  # how to look oneself
                r"kill -9 \d+",
                r"PROVED .*\[lost-cancel, high\]",  # the report, with functions and lines
                r"> leak_forgotten_cancel +\S*leaks/forgotten_cancel\.c:\d+",
                r"> get_quote +\S*leaks/sender_without_receiver\.c:\d+",
                r"sqlite3 orders\.db",
        ):
            self.assertRegex(out, expected)
        self.assertIn(f"The report is in {REPORT}", out)

    def test_the_report_holds_what_was_planted(self):
        process = self.start(BUILD)
        out, complaints = process.communicate(timeout=PATIENCE)
        self.assertEqual(process.returncode, 0, out + complaints)
        database = sqlite3.connect(REPORT)
        self.addCleanup(database.close)
        rows = database.execute("""
            SELECT findings.rule, findings.confidence, frames.function, frames.file, frames.line
              FROM findings
              JOIN finding_stacks ON finding_stacks.finding_id = findings.id
              JOIN frames ON frames.stack_id = finding_stacks.stack_id""").fetchall()
        self.assertEqual({row[0] for row in rows}, set(PLANTED))
        for rule, (confidence, function, file) in PLANTED.items():
            lines = [line for found, sure, where, path, line in rows
                     if found == rule and sure == confidence and where == function
                     and path and path.endswith(file)]
            self.assertTrue(lines and min(lines) > 0, f"{rule}: {rows}")
        self.assertEqual(database.execute("SELECT state, exited FROM programs").fetchall(),
                         [("dead", 0)])

    def test_stays_until_enter_is_pressed(self):
        process = self.start("--stay", BUILD, stdin=subprocess.PIPE)
        said = ""
        while not re.search(r"ctxtop \d+\n", said):
            line = process.stdout.readline()
            self.assertTrue(line, said)
            said += line
        server = int(re.search(r"orders is process (\d+)", said).group(1))
        time.sleep(1)
        self.assertIsNone(process.poll())
        os.kill(server, 0)
        out, complaints = process.communicate("\n", timeout=PATIENCE)
        self.assertEqual(process.returncode, 0, said + out + complaints)
        self.assert_nothing_left()

    def test_cleans_up_when_it_is_stopped(self):
        for sent, status in ((signal.SIGTERM, 143), (signal.SIGINT, 130)):
            process = self.start(BUILD)
            while "is process" not in process.stdout.readline():
                self.assertIsNone(process.poll())
            self.assert_stopped_by(process, sent, status)

    def test_what_is_missing_is_said(self):
        for arguments, words in ((["/nowhere"], "there is no directory /nowhere"),
                                 ([self.temporary], "is missing; build it first"),
                                 (["--what"], "there is no option --what")):
            process = self.start(*arguments)
            out, complaints = process.communicate(timeout=PATIENCE)
            self.assertEqual((process.returncode, out), (1, ""), complaints)
            self.assertIn(words, complaints)
            self.assertEqual(len(complaints.splitlines()), 1, complaints)

    def test_a_failure_is_a_failure(self):
        """With a ctxreport that finds nothing, the demonstration has not worked."""
        build = os.path.join(self.temporary, "build")
        for name in ("ctxtop/ctxtop", "docs/examples/orders/orders",
                     "docs/examples/orders/orders-load"):
            os.makedirs(os.path.dirname(os.path.join(build, name)), exist_ok=True)
            os.symlink(os.path.join(BUILD, name), os.path.join(build, name))
        os.mkdir(os.path.join(build, "ctxreport"))
        os.symlink("/bin/true", os.path.join(build, "ctxreport", "ctxreport"))
        process = self.start(build)
        out, complaints = process.communicate(timeout=PATIENCE)
        self.assertEqual(process.returncode, 1, out)
        self.assertIn("ctxreport should have ended with 1", complaints)
        shutil.rmtree(build)
        self.assert_nothing_left()

    def test_help(self):
        process = self.start("--help")
        out, complaints = process.communicate(timeout=PATIENCE)
        self.assertEqual((process.returncode, complaints), (0, ""))
        self.assertIn("Usage: docs/examples/demonstration", out)
        self.assertNotIn("pipefail", out)


if __name__ == "__main__":
    unittest.main()
