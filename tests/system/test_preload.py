"""Programs that know nothing of ctxtrace, under the preload: recorded, and otherwise unchanged."""

import os
import random
import shutil
import signal
import sqlite3
import subprocess
import time
import unittest

from preload_test import CTXREPORT, PROGRAMS, SECONDS, PreloadTest, program


class Preload(PreloadTest):
    # ---- what is recorded ----

    def check_waits(self, database, holders):
        tasks = {task["name"]: task for task in self.tasks(database)}
        self.assertEqual(set(tasks), {"chief", "holder", "changer", "locker", "reader", "writer",
                                      "taker", "joiner", "detached", None})
        for name, task in tasks.items():
            self.assertEqual(task["detached"], name == "detached", name)
            self.assertEqual(task["state"] == "exited", name is None, name)
            self.assertEqual(task["joined"], 0, name)
            if name != "chief":
                self.assertEqual((task["created_in"] or "").split(" ")[:2], ["start", "main"], name)
        waits = self.waits(database)
        self.assertEqual(set(waits), set(tasks) - {"chief", None})
        for name, operation, kind in (("locker", "lock", "mutex"), ("reader", "read-lock", "rwmutex"),
                                      ("writer", "lock", "rwmutex"), ("taker", "acquire", "semaphore"),
                                      ("changer", "condition", "condition"),
                                      ("joiner", "join", "task")):
            self.assertEqual((waits[name]["operation"], waits[name]["kind"]), (operation, kind))
            self.assertEqual(waits[name]["until_ns"] is not None, name == "writer", name)
        self.assertEqual(waits["joiner"]["joined"], "changer")
        if holders:
            self.assertEqual(waits["locker"]["holder"], "holder")
            self.assertEqual(waits["reader"]["holder"], "chief")

    def start_waits(self):
        """All of its threads are where they are to be."""
        process, _ = self.start(program("waits"))
        self.wait_for(process.pid, "SELECT (SELECT count(*) FROM waits) = 8 AND"
                      " (SELECT count(*) FROM tasks WHERE state = 'exited') = 1", 1)
        return process

    def test_threads_and_their_waits(self):
        process = self.start_waits()
        self.check_waits(self.look(process.pid), True)
        self.assertEqual(self.leave(process), 7)
        self.assertEqual(self.segment_files(), [], "nothing was left alive")

    def test_what_a_kill_leaves(self):
        process = self.start_waits()
        self.end(process)
        [segment] = self.segment_files()
        self.check_waits(self.look(segment), True)

    def test_cancelled_threads(self):
        process, _ = self.start(program("cancel"))
        database = self.look(process.pid)
        self.assertEqual(len(self.tasks(database)), 2, "main and the thread that sleeps")
        self.assertEqual([wait["operation"] for wait in self.waits(database).values()], ["acquire"])
        self.assertEqual(self.leave(process), 0)
        self.assertEqual(self.segment_files(), [])

    def test_short_threads_leave_nothing(self):
        process, [grown] = self.start(program("short_threads"))
        self.assertEqual(len(self.tasks(self.look(process.pid))), 1)
        self.assertLess(int(grown), 600)
        [segment] = self.segment_files()
        self.assertLess(os.stat(segment).st_blocks * 512, 8 << 20)
        self.assertEqual(self.leave(process), 0)
        self.assertEqual(self.segment_files(), [])

    def test_program_that_uses_the_library(self):
        process, _ = self.start(program("library"))
        tasks = self.tasks(self.look(process.pid))
        self.assertEqual(len(tasks), 3, tasks)
        self.assertEqual(self.leave(process), 0)
        self.assertEqual(self.segment_files(), [])

    def test_loaded_library_with_a_thread(self):
        process, _ = self.start(program("dlopen"), os.path.join(PROGRAMS, "libpreload_plugin.so"))
        tasks = self.tasks(self.look(process.pid))
        self.assertEqual(len(tasks), 2)
        self.assertIn("load", tasks[1]["created_in"].split(" "))
        self.assertEqual(self.leave(process), 0)
        self.assertEqual(self.segment_files(), [])

    def test_main_returns_before_a_thread_ends(self):
        done = self.run_program(program("outlives"))
        self.assertEqual((done.returncode, done.stdout), (5, b"still there\n"))
        self.assertEqual(self.segment_files(), [], "a thread that is alive at the end is no finding")
        done = self.run_program(program("outlives"), CTXTRACE_KEEP="1")
        [segment] = self.segment_files()
        self.assertEqual([task["state"] for task in self.tasks(self.look(segment))
                          if not task["main"]], ["alive"])

    def test_main_leaves_by_pthread_exit(self):
        done = self.run_program(program("outlives"), "by exit")
        self.assertEqual((done.returncode, done.stdout), (6, b"still there\n"))

    def test_each_process_has_its_own_segment(self):
        done = self.run_program(program("fork"), CTXTRACE_KEEP="1", CTXTRACE_DEAD="1000")
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, b"done\n", b""))
        pids = {os.path.basename(path).split("-")[0] for path in self.segment_files()}
        # The parent, its children, the one that became another program, the one of a thread.
        self.assertEqual(len(pids), 1 + 60 + 1 + 1)
        done = self.run_program(program("fork"))
        self.assertEqual(done.returncode, 0)

    # ---- what is found ----

    def test_deadlock_is_proved_alive_and_dead(self):
        process, _ = self.start(program("deadlock"))
        self.assertEqual(self.findings(self.look(process.pid)), [("deadlock", "proved")])
        self.end(process)
        [segment] = self.segment_files()
        self.assertEqual(self.findings(self.look(segment)), [("deadlock", "proved")])

    def test_deadlock_of_one_moment_is_proved_every_time(self):
        for attempt in range(3):
            for leave in (self.end, self.leave):
                process, _ = self.start(program("deadlock"), "at once")
                leave(process)
                [segment] = self.segment_files()
                self.assertEqual(self.findings(self.look(segment)), [("deadlock", "proved")], attempt)
                os.unlink(segment)

    def test_waits_within_libunwind_are_not_lost(self):
        """The recorder called it, and is told nothing of what it waits for there."""
        done = self.run_program(program("unwinder"), CTXTRACE_KEEP="1")
        self.assertEqual(done.returncode, 3, done.stderr)
        if done.stdout == b"mutex\n":
            self.skipTest("libunwind is not asked here")
        self.assertEqual(done.stdout, b"libunwind\n")
        [segment] = self.segment_files()
        losses = self.look(segment).execute("SELECT what, why FROM losses").fetchall()
        self.assertEqual([tuple(row) for row in losses], [])

    def test_random_kills_of_busy_locks(self):
        """Healthy at every moment: the lock that a thread waits for may just be its own."""
        for attempt in range(12):
            process, _ = self.start(program("busy_locks"), ("mutex", "rwlock", "two")[attempt % 3])
            time.sleep(random.random() / 20)
            (self.end if attempt % 4 else self.leave)(process)
            for segment in self.segment_files():
                self.assertEqual(self.findings(self.look(segment)), [], attempt)
                os.unlink(segment)

    def test_mutex_as_semaphore_is_not_proved(self):
        process, _ = self.start(program("semaphore_mutex"))
        self.wait_until_blocked(process.pid, 1)
        self.assertEqual(self.findings(self.look(process.pid)), [("deadlock", "likely")])
        self.assertEqual(self.leave(process), 0)

    def test_mutexes_that_others_unlock_prove_nothing(self):
        """Once it was seen that a lock is passed on over its holder's head, it may be so again."""
        process, _ = self.start(program("semaphore_pair"))
        self.wait_until_blocked(process.pid, 2)
        self.assertEqual(self.findings(self.look(process.pid)), [("deadlock", "likely")])
        self.assertEqual(self.leave(process), 0)

    def test_lock_that_is_locked_twice(self):
        process, _ = self.start(program("lock_twice"), "normal")
        self.wait_until_blocked(process.pid, 1)
        self.assertEqual(self.findings(self.look(process.pid)), [("deadlock", "proved")])
        self.end(process)
        [segment] = self.segment_files()
        self.assertEqual(self.findings(self.look(segment)), [("deadlock", "proved")])
        os.unlink(segment)
        for kind in ("checking", "rwlock"):
            process, _ = self.start(program("lock_twice"), kind)
            self.end(process)
            for segment in self.segment_files():
                database = self.look(segment)
                self.assertEqual((self.findings(database), self.waits(database)), ([], {}), kind)
                os.unlink(segment)
            self.assertEqual(self.run_program(program("lock_twice"), kind).returncode, 0)

    def test_holder_that_is_no_thread_of_the_process(self):
        process, _ = self.start(program("orphaned_lock"), "ended")
        self.wait_until_blocked(process.pid, 1)
        self.assertEqual(self.findings(self.look(process.pid)), [("leaked-task", "proved")])
        process, _ = self.start(program("orphaned_lock"), "watched")
        self.wait_until_blocked(process.pid, 1)
        self.assertEqual(self.findings(self.look(process.pid)), [("leaked-task", "likely")])
        process, [child] = self.start(program("orphaned_lock"), "forked")
        self.addCleanup(os.kill, int(child), signal.SIGKILL)
        deadline = time.monotonic() + SECONDS
        inspect = [CTXREPORT, "inspect", child.decode().strip()]
        while subprocess.run(inspect, env=self.environment(preload=False), check=False,
                             stdout=subprocess.DEVNULL,
                             stderr=subprocess.DEVNULL).returncode not in (0, 1):
            self.assertLess(time.monotonic(), deadline, "the child has no segment")
        self.wait_until_blocked(int(child), 1)
        self.assertEqual(self.findings(self.look(int(child))), [("leaked-task", "proved")])
        self.assertEqual(self.findings(self.look(process.pid)), [])

    def test_waits_that_were_left_are_over(self):
        process, _ = self.start(program("left_waits"))
        self.wait_until_blocked(process.pid, 1)
        database = self.look(process.pid)
        self.assertEqual({name: wait["operation"] for name, wait in self.waits(database).items()},
                         {"waiter": "lock"})
        self.assertEqual(self.findings(database), [])
        # What is expected to be missing, that the holder's read is not recorded, is said of waits
        # that have lasted for some time.
        [(lost,)] = database.execute("SELECT count(*) FROM losses WHERE NOT expected")
        self.assertEqual(lost, 0)

    def test_join_that_can_be_cancelled_is_not_proved(self):
        process, _ = self.start(program("cancelled_join"))
        self.wait_until_blocked(process.pid, 2)
        self.assertEqual(self.findings(self.look(process.pid)), [("deadlock", "likely")])
        self.assertEqual(self.leave(process), 0)
        process, _ = self.start(program("cancelled_join"), "shielded")
        self.wait_until_blocked(process.pid, 2)
        self.assertEqual(self.findings(self.look(process.pid)), [("deadlock", "proved")])

    def test_threads_that_nobody_joined(self):
        for what, alive, after in (("helpers", [], None), ("leak", ["suspect"], ["likely"]),
                                   ("batch", ["suspect"], None)):
            process, _ = self.start(program("unjoined"), what)
            self.wait_for_age(process.pid)
            found = [confidence for _, confidence in self.findings(self.look(process.pid))]
            self.assertEqual(found, alive, what)
            self.assertEqual(self.leave(process), 0)
            segments = self.segment_files()
            self.assertEqual(len(segments), after is not None, what)
            for segment in segments:
                found = [confidence for _, confidence in self.findings(self.look(segment))]
                self.assertEqual(found, after, what)
                os.unlink(segment)

    def test_locks_in_order_are_no_deadlock(self):
        process, _ = self.start(program("deadlock"), "in order")
        self.assertEqual(self.findings(self.look(process.pid)), [])
        self.end(process)
        [segment] = self.segment_files()
        self.assertEqual(self.findings(self.look(segment)), [])

    # ---- what does not change ----

    def test_results_and_errno(self):
        done = self.assert_same(program("results"))
        self.assertGreater(len(done.stdout.splitlines()), 50)

    def test_exceptions(self):
        done = self.assert_same(program("exceptions"))
        self.assertEqual(done.returncode, -6)
        self.assertIn(b"destroyed 2\nturns 8\n", done.stdout)

    def test_programs_of_the_system(self):
        script = ("import threading, queue, concurrent.futures as f\n"
                  "q = queue.Queue()\n"
                  "t = [threading.Thread(target=q.put, args=(i,)) for i in range(20)]\n"
                  "[x.start() for x in t]; [x.join() for x in t]\n"
                  "print(sorted(q.get() for _ in t))\n"
                  "with f.ThreadPoolExecutor(4) as e: print(sum(e.map(len, ['x'] * 1000)))\n"
                  "raise SystemExit(4)\n")
        children = "for i in $(seq 100); do /bin/echo $i | cat; done; (exit 3)"
        commands = [["python3", "-c", script], ["bash", "-c", children], ["cmake", "--version"],
                    ["sh", "-c", "seq 200000 | sort -R --random-source=/dev/zero --parallel=4 | cksum"]]
        optional = [["sqlite3", ":memory:", "create table t(a); insert into t values (1), (2);"
                     " select sum(a) from t;"], ["git", "--version"], ["curl", "--version"],
                    ["sh", "-c", "seq 300000 | xz -T4 | cksum"],
                    ["sh", "-c", "seq 300000 | zstd -T4 | zstd -dc | cksum"], ["go", "version"]]
        for command in commands + optional:
            name = command[2].split("|")[1].split()[0] if command[0] == "sh" else command[0]
            with self.subTest(name=name):
                if shutil.which(name):
                    self.assert_same(*command)


if __name__ == "__main__":
    unittest.main()
