"""Who was signalled and wants the mutex of a condition back, under the preload."""

import unittest

from preload_test import PreloadTest, program

LOOKS = 20


class Reacquire(PreloadTest):
    def test_a_mutex_that_is_wanted_back(self):
        process, _ = self.start(program("reacquire"), "stuck")
        self.wait_until_blocked(process.pid, 2)
        database = self.look(process.pid)
        self.assertEqual(self.findings(database), [("deadlock", "proved")])
        wait = self.waits(database)["signalled"]
        self.assertEqual((wait["operation"], wait["kind"], wait["until_ns"]), ("lock", "mutex", None))

    def test_a_signal_that_is_not_there_yet(self):
        process, _ = self.start(program("reacquire"), "unsignalled")
        self.wait_until_blocked(process.pid, 2)
        database = self.look(process.pid)
        self.assertEqual(self.findings(database), [])
        self.assertEqual(self.waits(database)["signalled"]["operation"], "condition")

    def test_threads_that_are_busy(self):
        process, _ = self.start(program("reacquire"), "busy")
        for _ in range(LOOKS):
            self.assertEqual(self.findings(self.look(process.pid)), [])


if __name__ == "__main__":
    unittest.main()
