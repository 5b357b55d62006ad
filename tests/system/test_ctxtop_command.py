#!/usr/bin/env python3
"""ctxtop with real programs: ones that it starts, living ones, dead ones, and many contexts."""

import json
import os
import re
import signal
import subprocess
import time
import unittest

from ctxtop_test import (FINE, SANITIZED, STARTING, TARGET, TROUBLE, TopTest, is_running,
                         squeezed)


class Command(TopTest):
    def started(self, *arguments, **keywords):
        screen = self.screen("-d", "0.2", *STARTING, TARGET, *arguments, **keywords)
        screen.wait_for("└─ server")
        return screen

    def pid(self, screen):
        return int(re.search(r"\[(\d+)\]", screen.text()).group(1))

    def test_shows_its_contexts_and_its_output(self):
        screen = self.started()
        text = screen.wait_for("request 1", "begin_request ctxtop_target")
        self.assertIn("alive", text)
        screen.keys("7")
        text = screen.wait_for("ready", "to standard error ?[31mwith an escape")
        screen.keys("3")
        screen.wait_for("worker done context server")

    def test_log_is_private(self):
        self.started()
        directory, = [name for name in os.listdir(self.directory) if name.startswith("ctxtop-")]
        log = os.path.join(self.directory, directory, "output")
        self.assertEqual(os.stat(log).st_mode & 0o777, 0o600)
        self.assertEqual(os.stat(os.path.dirname(log)).st_mode & 0o777, 0o700)

    def test_end_of_the_command_is_told_and_the_last_state_kept(self):
        for number, told in ((signal.SIGKILL, "dead (killed by SIGKILL)"),
                             (signal.SIGUSR1, "(exit status 3)")):
            with self.subTest(signal=number.name):
                screen = self.started()
                os.kill(self.pid(screen), number)
                screen.wait_for(told, "request 1")
                screen.keys("q")          # asks nothing any more
                self.assertEqual(screen.wait_for_end(), FINE)
                screen.close()
                os.unlink(self.path("ended"))
                self.assert_nothing_left()

    def assert_nothing_left(self):
        left = [name for name in os.listdir(self.directory) if name.startswith("ctxtop-")]
        self.assertEqual(left, [])

    def test_quitting_asks_and_ends_it(self):
        screen = self.started()
        pid = self.pid(screen)
        screen.keys("q")
        screen.wait_for("ctxtop_target still runs. y end it")
        screen.keys("n")                  # stay
        screen.wait_without("still runs")
        screen.keys("q", "y")
        self.assertEqual(screen.wait_for_end(), FINE)
        self.assertFalse(is_running(pid))
        self.assert_nothing_left()
        screen.assert_restored()

    def test_quitting_can_leave_it_running(self):
        screen = self.started()
        pid = self.pid(screen)
        screen.keys("q", "l")
        self.assertEqual(screen.wait_for_end(), FINE)
        self.assertTrue(is_running(pid))
        self.assertIn(f"goes on as process {pid}", screen.errors())
        os.kill(pid, signal.SIGKILL)

    def test_a_signal_that_ends_ctxtop_ends_the_command(self):
        screen = self.started()
        pid = self.pid(screen)
        screen.signal(signal.SIGTERM)
        screen.wait_for_end()
        self.assertFalse(is_running(pid))
        screen.assert_restored()

    def test_follows_a_program_that_executes_another(self):
        screen = self.screen("-d", "0.2", *STARTING, "sh", "-c", f"sleep 1; exec {TARGET}")
        screen.wait_for("└─ server")

    @unittest.skipIf(SANITIZED, "a preload built with a sanitizer cannot go anywhere")
    def test_any_program_is_recorded_through_the_preload(self):
        program = ("import threading, time\n"
                   "threading.Thread(target=time.sleep, args=(60,)).start()\n"
                   "time.sleep(60)")
        screen = self.screen("-d", "0.2", "--", "python3", "-c", program)
        screen.wait_for("alive", "Contexts 0", "4 Tasks 2")

    @unittest.skipIf(SANITIZED, "a preload built with a sanitizer cannot go anywhere")
    def test_a_command_is_watched_before_it_makes_anything(self):
        screen = self.screen("-d", "0.2", "--", "sleep", "60")
        screen.wait_for("alive", "Contexts 0", "Tasks 0")

    def test_command_that_cannot_be_run(self):
        screen = self.screen(*STARTING, self.path("missing"))
        self.assertEqual(screen.wait_for_end(), TROUBLE)
        self.assertIn("cannot run missing", screen.errors())
        self.assert_nothing_left()

    def test_command_that_ends_at_once(self):
        result = self.top(*STARTING, "true")
        self.assertIn(result.returncode, (FINE, TROUBLE))
        if result.returncode == TROUBLE:
            self.assertIn("has ended (exit status 0)", result.stderr)
        self.assert_nothing_left()

    def test_as_text(self):
        result = self.top("-b", "-n", "2", "-d", "0.5", "-v", "contexts,log", *STARTING, TARGET)
        self.assertEqual(result.returncode, FINE, result.stderr)
        self.assertEqual(result.stdout.count("CONTEXTS\n"), 2)
        self.assertIn("└─ server", result.stdout)
        self.assertIn("to standard error ?[31mwith an escape", result.stdout)
        self.assert_nothing_left()


class Living(TopTest):
    def start(self, *arguments):
        process = subprocess.Popen([TARGET, *arguments], stdout=subprocess.PIPE,
                                   stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL,
                                   env=dict(self.environment, CTXTRACE="1"))
        self.addCleanup(self.end, process)
        self.assertEqual(process.stdout.readline(), b"ready\n")
        return process

    def end(self, process):
        process.kill()
        process.wait()
        process.stdout.close()

    def test_list_to_choose_from(self):
        process = self.start()
        screen = self.screen()
        screen.wait_for("Choose what to watch", f"{process.pid} alive")
        screen.keys("/")                  # there may be Go programs, too
        screen.type(f"id:#{process.pid}")
        screen.keys("Enter", "Enter")
        screen.wait_for("└─ server")
        screen.keys("w")
        screen.wait_for("Choose what to watch", f"{process.pid} alive")
        other = self.start()
        screen.wait_for(f"{other.pid} alive")
        screen.keys("q")
        self.assertEqual(screen.wait_for_end(), FINE)

    def test_list_as_text(self):
        process = self.start()
        self.assertIn(f"{process.pid}  alive", self.top().stdout)
        targets = json.loads(self.top("--json").stdout)["targets"]
        self.assertIn((process.pid, "segment", True),
                      [(target["pid"], target["source"], target["alive"]) for target in targets])

    def test_death_is_noticed(self):
        process = self.start()
        screen = self.screen("-d", "0.2", str(process.pid))
        screen.wait_for("alive", "└─ server")
        self.end(process)
        screen.wait_for("dead", "└─ server")
        segment, = os.listdir(self.segments)
        text = self.top(os.path.join(self.segments, segment)).stdout
        self.assertIn("dead", text)
        self.assertIn("request 1", text)

    def test_rows_come_and_go_but_the_cursor_stays(self):
        process = self.start("12", "churn")
        screen = self.screen("-d", "0.1", str(process.pid), width=100, height=40)
        screen.wait_for("request 1", "/s")
        screen.type("/")
        screen.type("name:request site:begin_request 5")
        screen.keys("Enter")
        screen.keys("Enter")
        text = screen.wait_for("Details", "Context #")
        what = re.search(r"Context #\d+ request 5", text)
        self.assertIsNotNone(what, text)
        for _ in range(10):
            time.sleep(0.15)
            self.assertIn(what.group(0), squeezed(screen.text()))


class Many(TopTest):
    CONTEXTS = 100000

    def test_smooth_with_many_contexts(self):
        process = Living.start(self, str(self.CONTEXTS))
        screen = self.screen("--debug", "-d", "0.5", str(process.pid), width=120, height=40)
        screen.wait_for(f"Contexts {self.CONTEXTS:,}"[:12], "└─ server")
        for _ in range(20):
            screen.keys("NPage", "Down", "Up")
        screen.keys("c", "e", "G", "g", "-", "+")
        screen.wait_for("1/")
        screen.keys("q")
        self.assertEqual(screen.wait_for_end(), FINE)
        median = re.search(r"from a key to the screen: .*median ([\d.]+) ms", screen.errors())
        self.assertIsNotNone(median, screen.errors())
        # A generous limit: the machine that tests may be slow and busy.
        self.assertLess(float(median.group(1)), 50)

    end = Living.end


if __name__ == "__main__":
    unittest.main()
