"""Go programs that are made to clone themselves, instead of being stopped for as long as a copy takes."""

import ctypes
import os
import shutil
import struct
import subprocess
import unittest

from ctxreport_test import FOUND, ReportTest, parse

GO_PROGRAMS = os.environ["CTXTRACE_GO_PROGRAMS"]
NO_GO = "there is no `go` to build the program with"
WAIT4, ERRNO, ALLOW = 61, 0x00050001, 0x7FFF0000


def forbid_wait4():
    """A seccomp filter: a child could be made, but not taken note of."""
    code = b"".join(struct.pack("<HBBI", *instruction) for instruction in (
        (0x20, 0, 0, 0), (0x15, 0, 1, WAIT4), (0x06, 0, 0, ERRNO), (0x06, 0, 0, ALLOW)))
    buffer = ctypes.create_string_buffer(code)
    program = struct.pack("<HxxxxxxQ", 4, ctypes.addressof(buffer))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(38, 1, 0, 0, 0) or libc.prctl(22, 2, program, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl")


@unittest.skipUnless(shutil.which("go"), NO_GO)
class CloneTest(ReportTest):
    def start(self, **keywords):
        path = self.path("leaks")
        subprocess.run(["go", "build", "-o", path, os.path.join(GO_PROGRAMS, "leaks.go")], check=True,
                       env=dict(os.environ, GOFLAGS="-buildvcs=false", GOWORK="off",
                                CGO_ENABLED="0"))
        process = subprocess.Popen([path], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                   stderr=subprocess.DEVNULL, text=True, **keywords)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        self.addCleanup(process.stdin.close)
        self.assertEqual(process.stdout.readline(), "ready\n")
        return process.pid

    def look(self, pid, *options):
        result = self.report("inspect", "--json", "--max-pause=10s", "--min-age=0s", *options,
                             str(pid))
        return result, parse(result.stdout)["runs"][0]["programs"][0]

    def look_by_clone(self, pid):
        """Threads are where they can be sent from most of the time: now and then a look is in vain."""
        for _ in range(20):
            result, program = self.look(pid, "--capture=fork")
            if self.clones(program):
                return result, program
        return self.fail("it was never cloned: %r" % program["losses"])

    @staticmethod
    def clones(program):
        return sum(done["count"] for done in program["interventions"] if done["what"] == "cloned")

    @staticmethod
    def why_not(program):
        return [loss["why"] for loss in program["losses"] if loss["what"] == "clones"]

    @staticmethod
    def claims(program):
        return sorted((finding["rule"], finding["confidence"], finding["count"])
                      for finding in program["findings"])

    def test_the_same_is_found(self):
        pid = self.start()
        stopped, while_stopped = self.look(pid, "--capture=stop")
        self.assertEqual(stopped.returncode, FOUND)
        self.assertEqual(self.clones(while_stopped), 0)
        result, of_clone = self.look_by_clone(pid)
        self.assertEqual(result.returncode, FOUND)
        self.assertEqual(self.claims(of_clone), self.claims(while_stopped))
        self.assertIn("proved", {confidence for _, confidence, _ in self.claims(of_clone)})
        self.assertGreater(of_clone["pause_ns"], 0)

    def test_nothing_is_left(self):
        pid = self.start()
        self.look_by_clone(pid)
        for tid in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{tid}/children", encoding="ascii") as file:
                self.assertEqual(file.read(), "")

    def test_who_may_not_take_note_of_a_child_gets_none(self):
        pid = self.start(preexec_fn=forbid_wait4)
        result, program = self.look(pid, "--capture=fork")
        self.assertEqual(self.clones(program), 0)
        self.assertIn("seccomp", self.why_not(program)[0])
        self.assertEqual(result.returncode, FOUND)  # it was stopped instead

    def test_read_only(self):
        self.environment["CTXTRACE_READ_ONLY"] = "1"
        _, program = self.look(self.start(), "--capture=fork")
        self.assertEqual(program["interventions"], [])
        self.assertIn("CTXTRACE_READ_ONLY is set", self.why_not(program)[0])

    def test_none(self):
        _, program = self.look(self.start(), "--capture=none")
        self.assertEqual(program["interventions"], [])
        self.assertEqual(program["pause_ns"], 0)

    def test_another_word(self):
        result = self.report("inspect", "--capture=often", "1")
        self.assertIn("--capture is fork, stop or none, not 'often'", result.stderr)


if __name__ == "__main__":
    unittest.main()
