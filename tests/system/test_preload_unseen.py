"""Deadlocks that the preload cannot see: the report says that it does not."""

import time
import unittest

from preload_test import CTXREPORT, SECONDS, PreloadTest, program


class Unseen(PreloadTest):
    def check(self, kind, sentence):
        process, _ = self.start(program("unseen"), kind)
        deadline = time.monotonic() + SECONDS
        text = ""
        while sentence not in text:  # once the waits are old enough
            self.assertLess(time.monotonic(), deadline, text)
            result = self.run_program(CTXREPORT, "inspect", str(process.pid), preload=False)
            text = " ".join(result.stdout.decode().split())
        self.assertIn("Nothing found.", text)

    def test_semaphores(self):
        self.check("semaphores", "not seen: holders of semaphores that are waited for (2): ")

    def test_readers(self):
        self.check("upgrade", "not seen: readers of locks that are waited for (2): ")

    def test_a_system_call(self):
        self.check("read", "not seen: waits of holders of locks that are waited for (1): ")

    def test_nothing_is_said_of_what_is_seen(self):
        process, _ = self.start(program("reacquire"), "unsignalled")
        self.wait_until_blocked(process.pid, 2)
        result = self.run_program(CTXREPORT, "inspect", str(process.pid), preload=False)
        self.assertNotIn(b"not seen", result.stdout)


if __name__ == "__main__":
    unittest.main()
