#!/usr/bin/env python3
"""Segments with times that no program has, through every command: nothing crashes, nothing that a
terminal obeys comes out, and in a build with sanitizers nothing is undefined.

CTXREPORT and CTXTOP are the tools, HOSTILE_SEGMENT makes the segments.
"""

import json
import os
import shutil
import subprocess
import tempfile
import unittest

CTXREPORT, CTXTOP = os.environ["CTXREPORT"], os.environ["CTXTOP"]
HOSTILE_SEGMENT = os.environ["HOSTILE_SEGMENT"]
SEEDS = range(24)
PATIENCE = 120  # seconds


class HostileTimes(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.mkdtemp(prefix="ctxtrace-hostile-")
        self.addCleanup(shutil.rmtree, self.directory)
        self.segments = os.path.join(self.directory, "segments")
        os.mkdir(self.segments, 0o700)
        self.environment = dict(os.environ, TZ="UTC", LC_ALL="C.UTF-8",
                                CTXTRACE_DIR=self.segments)
        self.environment.pop("LD_PRELOAD", None)

    def path(self, name):
        return os.path.join(self.directory, name)

    def run_tool(self, *command, statuses=(0, 1, 3)):
        """What it prints. It ends by itself, with one of these statuses, and without a complaint of a
        sanitizer."""
        done = subprocess.run(command, env=self.environment, cwd=self.directory, check=False,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=PATIENCE)
        self.assertNotIn(b"runtime error", done.stderr)
        self.assertNotIn(b"Sanitizer", done.stderr)
        self.assertIn(done.returncode, statuses, (command, done.stderr[-2000:]))
        text = done.stdout.decode("utf-8")
        self.assertFalse([hex(ord(character)) for character in text
                          if ord(character) < 32 and character not in "\n\t"])
        return text

    def look_at(self, target, report):
        """All that is said of one target, and of the report that is kept of it."""
        self.run_tool(CTXREPORT, "inspect", "--min-age=0", "-o", report, target)
        for form in ("text", "json", "sarif"):
            self.run_tool(CTXREPORT, "inspect", f"--format={form}", target)
            self.run_tool(CTXREPORT, "show", f"--format={form}", report)
        json.loads(self.run_tool(CTXREPORT, "export", report))
        json.loads(self.run_tool(CTXREPORT, "export", "--format=sarif", report))
        json.loads(self.run_tool(CTXTOP, "--json", target))
        views = "contexts,objects,waiters,tasks,findings,events"
        self.run_tool(CTXTOP, "--batch", "--count=1", f"--view={views}", target)
        self.run_tool(CTXTOP, "--batch", "--count=1", f"--view={views}", "--fold=1", target)

    def start_live(self, path, seed):
        process = subprocess.Popen([HOSTILE_SEGMENT, path, str(seed), "live"],
                                   env=self.environment, stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.stdin.close)
        self.assertEqual(process.stdout.readline(), b"ready\n")
        return process

    def test_of_the_dead(self):
        for seed in SEEDS:
            with self.subTest(seed=seed):
                segment, report = self.path(f"{seed}.ctxt"), self.path(f"{seed}.db")
                subprocess.run([HOSTILE_SEGMENT, segment, str(seed)], check=True)
                self.look_at(segment, report)
                if seed:
                    before = self.path(f"{seed - 1}.db")
                    self.run_tool(CTXREPORT, "diff", before, report)
                    self.run_tool(CTXREPORT, "diff", "--format=json", report, before)
                    self.run_tool(CTXREPORT, "inspect", "--baseline", before, segment)

    def test_of_the_living(self):
        for seed in SEEDS[::3]:
            with self.subTest(seed=seed):
                process = self.start_live(self.segments, seed)
                report = self.path(f"{seed}-live.db")
                self.look_at(str(process.pid), report)
                self.run_tool(CTXREPORT, "list")
                self.run_tool(CTXREPORT, "list", "--json")
                self.run_tool(CTXTOP, "--batch", "--view=contexts")
                self.run_tool(CTXREPORT, "inspect", "--watch=1ms", "--count=8", "-o", report,
                              str(process.pid))
                self.run_tool(CTXTOP, "--json", "--delay=0.1", "--count=3", str(process.pid))
                self.run_tool(CTXREPORT, "show", report)

    def test_of_a_command(self):
        for seed in SEEDS[::6]:
            with self.subTest(seed=seed):
                report = self.path(f"{seed}-run.db")
                self.run_tool(CTXREPORT, "run", "-o", report, "--", HOSTILE_SEGMENT, "-",
                              str(seed), "live")
                self.run_tool(CTXREPORT, "show", report)


if __name__ == "__main__":
    unittest.main()
