"""What is done to a program is told, and one switch forbids all of it."""

import os
import shutil
import subprocess
import unittest

from ctxreport_test import FOUND, NOTHING_FOUND, PATIENCE, ReportTest, parse

BUILD = os.environ["CTXTRACE_BUILD"]
CTXTOP = os.path.join(BUILD, "ctxtop", "ctxtop")
GO_PROGRAMS = os.environ["CTXTRACE_GO_PROGRAMS"]
RECORDED = os.path.join(BUILD, "tests", "system", "ctxtop_target")
LOOKS = 20  # in most, a thread that is asleep in a call is stopped
FORBIDDEN = "CTXTRACE_READ_ONLY is set"
NO_GO = "there is no `go` to build the program with"
NO_NAMESPACES = "needs root and `unshare`, to have an /etc of its own"


class ReadOnlyTest(ReportTest):
    def forbid(self):
        self.environment["CTXTRACE_READ_ONLY"] = "1"

    def start(self, *command, **more):
        """Starts a program that says when it is ready; it is ended with the test."""
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                   stderr=subprocess.DEVNULL, text=True,
                                   env=dict(self.environment, **more), cwd=self.directory)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        self.addCleanup(process.stdin.close)
        self.assertTrue(process.stdout.readline())
        return process

    def start_go(self, name="leaks", *arguments):
        path = self.path(name)
        subprocess.run(["go", "build", "-o", path, os.path.join(GO_PROGRAMS, name + ".go")],
                       check=True, env=dict(os.environ, GOFLAGS="-buildvcs=false", GOWORK="off",
                                            CGO_ENABLED="0"))
        return self.start(path, *arguments)

    def look(self, target, *options):
        """The status, the one program, and the report as a person reads it."""
        path = self.path("report.db")
        if os.path.exists(path):
            os.unlink(path)
        result = self.report("inspect", "--json", "--max-pause=10s", "--min-age=0s", "-o", path,
                             *options, str(target))
        text = self.report("show", path).stdout
        return result.returncode, parse(result.stdout)["runs"][0]["programs"][0], text

    @unittest.skipUnless(shutil.which("go"), NO_GO)
    def test_a_stop_is_told(self):
        _, program, text = self.look(self.start_go().pid)
        [done] = [each for each in program["interventions"] if each["what"] == "stopped"]
        self.assertGreaterEqual(done["count"], 2)  # the second confirms
        self.assertGreaterEqual(done["total_ns"], done["longest_ns"])
        self.assertGreater(done["longest_ns"], 0)
        self.assertRegex(text, r"done to it: stopped \d+ times for .* at the longest\)")

    def stops_of_calls(self, timed):
        """What looks did to a program with two threads that pass a byte back and forth."""
        process = self.start_go("timed_calls", timed)
        for _ in range(LOOKS):
            _, program, text = self.look(process.pid)
            [done] = [each for each in program["interventions"] if each["what"] == "stopped"]
            self.assertIsNone(process.poll())
            yield done, text

    @unittest.skipUnless(shutil.which("go"), NO_GO)
    def test_timed_calls_that_begin_again_are_told(self):
        for done, text in self.stops_of_calls("true"):
            self.assertLessEqual(done["restarts_unbounded"], done["restarts"])
            if done["restarts"] > 0:
                break
            self.assertNotIn("restarted", text)
        self.assertGreater(done["restarts"], 0)
        self.assertRegex(text, rf"done to it: stopped .*\b{done['restarts']} timed calls? restarted")

    @unittest.skipUnless(shutil.which("go"), NO_GO)
    def test_calls_without_a_time_out_are_not_told(self):
        for done, text in self.stops_of_calls("false"):
            self.assertEqual((done["restarts"], done["restarts_unbounded"],
                              done["restarts_late_ns"]), (0, 0, 0))
            self.assertNotIn("restarted", text)

    @unittest.skipUnless(shutil.which("go"), NO_GO)
    def test_no_stop(self):
        process = self.start_go()
        self.forbid()
        status, program, text = self.look(process.pid)
        self.assertEqual(program["interventions"], [])
        self.assertNotIn("done to it", text)
        self.assertEqual({finding["confidence"] for finding in program["findings"]} - {"suspect"},
                         set())
        self.assertIn(FORBIDDEN, text)
        self.assertNotEqual(status, FOUND)

    def test_a_sign_of_life_is_told(self):
        process = self.start(RECORDED, CTXTRACE="1")
        _, program, text = self.look(process.pid)
        [done] = program["interventions"]
        self.assertEqual((done["what"], done["count"], done["total_ns"]),
                         ("given a sign of life in its segment", 1, 0))
        self.assertIn("  done to it: given a sign of life in its segment\n", text)

    def log(self, target, *options):
        """What ctxtop's log has of a program that it did not start."""
        result = subprocess.run([CTXTOP, "--batch", "--iterations=1", "--view=log", *options,
                                 str(target)], text=True, capture_output=True,
                                env=self.environment, timeout=PATIENCE, check=False)
        self.assertEqual(result.returncode, 0, result.stderr)
        return result.stdout

    @unittest.skipUnless(shutil.which("go"), NO_GO)
    def test_a_stop_is_a_line_of_the_log(self):
        process = self.start_go()
        self.assertRegex(self.log(process.pid, "--proofs"),
                         rf"\d  process {process.pid} was stopped (\d+ times )?for \S+\n")
        self.forbid()
        self.assertNotIn("was stopped", self.log(process.pid, "--proofs"))

    def test_a_sign_of_life_is_a_line_of_the_log(self):
        process = self.start(RECORDED, CTXTRACE="1")
        line = f"process {process.pid} was given a sign of life in its segment\n"
        self.assertIn(line, self.log(process.pid))
        self.forbid()
        self.assertNotIn(line, self.log(process.pid))

    def test_no_sign_of_life(self):
        process = self.start(RECORDED, CTXTRACE="1")
        self.forbid()
        _, program, text = self.look(process.pid)
        self.assertEqual(program["interventions"], [])
        self.assertNotIn("done to it", text)

    def test_no_command(self):
        self.forbid()
        self.assert_refused(self.report("run", "--", "touch", "made"), FORBIDDEN)
        for options in ((), ("--batch",)):
            result = subprocess.run([CTXTOP, *options, "--", "touch", "made"], text=True,
                                    capture_output=True, env=dict(self.environment, TERM="xterm"),
                                    cwd=self.directory, timeout=PATIENCE, check=False)
            self.assertEqual(result.returncode, 2, result.stderr)
            if options:
                self.assertIn(FORBIDDEN, result.stderr)
        self.assertFalse(os.path.exists(self.path("made")))

    @unittest.skipUnless(os.geteuid() == 0 and shutil.which("unshare"), NO_NAMESPACES)
    def test_a_line_of_the_machine(self):
        etc = self.path("etc")
        os.mkdir(etc)
        for line, status, said in (("read-only = no", NOTHING_FOUND, ""),
                                   ("read-only = yes", 2, "says read-only = yes"),
                                   ("read-only", 2, "line 1 of /etc/ctxtrace.conf is neither")):
            with open(os.path.join(etc, "ctxtrace.conf"), "w", encoding="utf-8") as file:
                file.write(line + "\n")
            result = subprocess.run(
                ["unshare", "--mount", "sh", "-c", 'mount --bind "$1" /etc && shift && exec "$@"',
                 "sh", etc, os.environ["CTXREPORT"], "run", "--", "true"],
                text=True, capture_output=True, env=self.environment, timeout=PATIENCE, check=False)
            self.assertEqual(result.returncode, status, result.stderr)
            self.assertIn(said, result.stderr)


if __name__ == "__main__":
    unittest.main()
