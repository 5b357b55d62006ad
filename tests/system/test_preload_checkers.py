"""Checkers of threads and memory find in a program under the preload what they find without it."""

import os
import shutil
import subprocess
import unittest

from preload_test import BUILD, PRELOAD, PreloadTest, program

SOURCE, CC = os.environ["CTXTRACE_SOURCE"], os.environ["CC"]
SUPPRESSIONS = os.path.join(SOURCE, "libctxtrace/preload/ctxtrace.supp")
FOUND = 66


class Checkers(PreloadTest):
    def check(self, *command, **more):
        result = self.run_program(*command, **more)
        return result.returncode, result.stdout, result.stderr.decode(errors="replace")

    def check_with_valgrind(self, tool, *options):
        if not shutil.which("valgrind"):
            self.skipTest("valgrind is not installed")
        command = ["valgrind", f"--tool={tool}", f"--error-exitcode={FOUND}",
                   f"--suppressions={SUPPRESSIONS}", *options, program("checked")]
        status, out, errors = self.check(*command)
        self.assertEqual((status, out), (0, b"done\n"), errors[-4000:])
        return command

    def check_that_races_are_found(self, command, words):
        status, out, errors = self.check(*command, "racy")
        self.assertEqual((status, out), (FOUND, b"done\n"), errors[-4000:])
        self.assertRegex(errors, words)
        self.assertIn("write_unguarded", errors)

    def test_memcheck(self):
        self.check_with_valgrind("memcheck", "--leak-check=full",
                                 "--errors-for-leak-kinds=definite,possible")

    def test_helgrind(self):
        command = self.check_with_valgrind("helgrind")
        self.check_that_races_are_found(command, "Possible data race")

    def test_drd(self):
        command = self.check_with_valgrind("drd")
        self.check_that_races_are_found(command, "Conflicting")

    def test_suppressions_are_installed(self):
        prefix = os.path.join(self.directory, "prefix")
        subprocess.run(["cmake", "--install", BUILD, "--prefix", prefix], check=True,
                       stdout=subprocess.DEVNULL)
        with open(SUPPRESSIONS, encoding="utf-8") as ours, \
                open(os.path.join(prefix, "share/ctxtrace/ctxtrace.supp"), encoding="utf-8") as there:
            self.assertEqual(ours.read(), there.read())

    # ---- ThreadSanitizer, whose runtime may come before the preload or behind it ----

    def sanitized(self):
        path = os.path.join(self.directory, "sanitized")
        source = os.path.join(SOURCE, "tests/programs/preload_checked.c")
        built = subprocess.run([CC, "-g", "-pthread", "-D_GNU_SOURCE", "-fsanitize=thread", source, "-o", path],
                               stderr=subprocess.DEVNULL, check=False)
        # Its memory has fixed places, which the kernel may have taken.
        self.command = ["setarch", "-R", path]
        if built.returncode or self.check(*self.command, preload=False)[0] != 0:
            self.skipTest("programs with ThreadSanitizer are not built or do not run here")

    def runtime(self):
        name = subprocess.run([CC, "-print-file-name=libtsan.so"], stdout=subprocess.PIPE,
                              check=True).stdout.decode().strip()
        if not os.path.isabs(name):
            self.skipTest("this compiler has no shared runtime of ThreadSanitizer")
        return os.path.realpath(name)

    def test_thread_sanitizer(self):
        self.sanitized()
        for preload in (PRELOAD, f"{self.runtime()}:{PRELOAD}"):
            status, out, errors = self.check(*self.command, LD_PRELOAD=preload)
            self.assertEqual((status, out), (0, b"done\n"), errors[-4000:])
            status, _, errors = self.check(*self.command, "racy", LD_PRELOAD=preload)
            self.assertEqual(status, FOUND, errors[-4000:])
            self.assertIn("data race", errors)
            self.assertNotIn("double lock", errors)


if __name__ == "__main__":
    unittest.main()
