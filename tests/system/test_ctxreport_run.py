#!/usr/bin/env python3
"""ctxreport run: the command has terminal, streams and signals; the report comes however it ends."""

import fcntl
import os
import pty
import signal
import subprocess
import sys
import termios
import time
import unittest

from ctxreport_test import (CTXREPORT, FOUND, INCOMPLETE, NOTHING_FOUND, PATIENCE, PROGRAMS,
                            TROUBLE, ReportTest, fixture, parse)

LEAKING = os.path.join(PROGRAMS, "lost_cancel_planted")
CLEAN = os.path.join(PROGRAMS, "lost_cancel_clean")

# A preload that is built with a sanitizer works only in programs that are, too.
SANITIZED = bool(os.environ.get("CTXTRACE_SANITIZE"))
RUN = ("run", "--no-preload") if SANITIZED else ("run",)

# Says which signals it gets, and ends with status 5 at SIGTERM.
LISTENER = """
import os, signal, sys, time
def say(number, frame):
    # Not print(): the next signal may come before it has returned, and it cannot be entered twice.
    os.write(1, (signal.Signals(number).name + "\\n").encode())
    if number == signal.SIGTERM:
        sys.exit(5)
for number in (1, 2, 3, 10, 12, 15, 18, 28):
    signal.signal(number, say)
print("ready", os.getpid(), flush=True)
while True:
    time.sleep(10)
"""


class Run(ReportTest):
    def start(self, *arguments, **keywords):
        keywords.setdefault("env", self.environment)
        process = subprocess.Popen([CTXREPORT, *RUN, *arguments], stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                   cwd=self.directory, preexec_fn=os.setpgrp, **keywords)
        self.addCleanup(self.end_group, process.pid)
        self.addCleanup(process.stdin.close)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.stderr.close)
        return process

    def end_group(self, group):
        """Ends what a failed test left: the process group that start() made."""
        try:
            os.killpg(group, signal.SIGKILL)
        except ProcessLookupError:
            pass

    def assert_no_segments(self):
        self.assertEqual(os.listdir(self.segments), [])


class Endings(Run):
    def test_the_commands_own_failure_passes_through(self):
        for command, status in ((("sh", "-c", "exit 7"), 7), (("false",), 1),
                                (("sh", "-c", "kill -9 $$"), 137),
                                (("sh", "-c", "kill -TERM $$"), 143)):
            result = self.report("run", "--no-preload", "--", *command)
            self.assertEqual(result.returncode, status, command)
            self.assertEqual(result.stdout, "")
            self.assert_no_segments()

    def test_nothing_recorded_is_incomplete(self):
        result = self.report("run", "--no-preload", "--", "true")
        self.assertEqual(result.returncode, INCOMPLETE)
        self.assertIn("Nothing was recorded.", result.stderr)
        self.assertIn("not linked with libctxtrace", result.stderr)

    def test_nothing_found(self):
        result = self.report(*RUN, "--", CLEAN, input="\n")
        self.assertEqual(result.returncode, NOTHING_FOUND, result.stderr)
        self.assertEqual(result.stdout, "ready\n")
        self.assertIn("Nothing found.", result.stderr)
        self.assert_no_segments()

    @unittest.skipIf(SANITIZED, "a preload built with a sanitizer cannot go anywhere")
    def test_any_program_is_recorded_through_the_preload(self):
        result = self.report("run", "--json", "--to=r.json", "--", "true")
        self.assertEqual(result.returncode, NOTHING_FOUND, result.stderr)
        with open(self.path("r.json"), encoding="utf-8") as file:
            run = parse(file.read())["runs"][0]
        self.assertEqual([program["command"] for program in run["programs"]], ["true"])
        self.assertEqual(run["exit_status"], 0)
        self.assert_no_segments()

    def test_killed(self):
        process = self.start("-o", "r.db", "--", "sh", "-c", f'echo $$; exec "{LEAKING}"')
        pid = int(process.stdout.readline())
        self.assertEqual(process.stdout.readline(), "ready\n")
        os.kill(pid, signal.SIGKILL)
        _, errors = process.communicate(timeout=PATIENCE)
        self.assertEqual(process.returncode, 137)
        self.assertIn("was killed by SIGKILL.", errors)
        self.assertIn("128 contexts created in handle_request", errors)
        self.assertIn("> handle_request", errors)
        self.assert_no_segments()
        self.assert_consistent(self.path("r.db"))
        self.assertEqual(self.select(self.path("r.db"), "SELECT signal, exit_status FROM runs"),
                         [(9, None)])
        self.assertEqual(self.report("show", "r.db").returncode, FOUND)
        self.assertIn("was killed by SIGKILL.", self.report("show", "r.db").stdout)

    def test_children_are_in_the_report(self):
        script = f'"{LEAKING}" & child=$!; sleep 1; kill -9 $child; wait; exit 0'
        # sh gives a background command /dev/null to read from; the program must stay nevertheless.
        script = script.replace(" &", " < fifo &")
        os.mkfifo(self.path("fifo"))
        holder = os.open(self.path("fifo"), os.O_RDWR)
        try:
            result = self.report(*RUN, "--json", "--to", "r.json", "--", "sh", "-c", script)
        finally:
            os.close(holder)
        self.assertEqual(result.returncode, FOUND, result.stderr)
        self.assertEqual(result.stderr, "")
        with open(self.path("r.json"), encoding="utf-8") as file:
            report = parse(file.read())
        self.assertEqual(report["exit_status"], FOUND)
        programs = [program for program in report["runs"][0]["programs"] if program["findings"]]
        self.assertEqual([program["findings"][0]["rule"] for program in programs], ["lost-cancel"])
        self.assert_no_segments()

    def test_a_command_that_is_none(self):
        for name, word in (("no-such-command", "no command"), (self.directory, "cannot be started")):
            result = self.report("run", "-o", "r.db", "--", name)
            self.assert_refused(result, word)
            self.assertFalse(os.path.exists(self.path("r.db")))
            self.assert_no_segments()

    def test_a_report_that_cannot_be_written_is_known_before_the_command_starts(self):
        with open(self.path("text"), "w", encoding="utf-8") as file:
            file.write("mine")
        result = self.report("run", "-o", "text", "--", "touch", self.path("started"))
        self.assert_refused(result, "is not a ctxtrace report")
        self.assertFalse(os.path.exists(self.path("started")))

    def test_a_directory_of_others_is_refused(self):
        os.chmod(self.segments, 0o777)
        self.assert_refused(self.report("run", "--", "true"), "only you can write to")


class PassedThrough(Run):
    def test_streams_and_arguments(self):
        result = self.report("run", "--no-preload", "--", "sh", "-c",
                             'cat; echo "$1|$2" >&2', "sh", "--json", "a b", input="in\n")
        self.assertEqual(result.stdout, "in\n")
        self.assertIn("--json|a b\n", result.stderr)

    def test_descriptors_and_signals_are_as_without_us(self):
        script = "import os, signal, json; print(json.dumps([sorted(map(int, os.listdir("\
                 "'/proc/self/fd')))[:4], [signal.getsignal(n) == signal.SIG_IGN for n in "\
                 "(1, 17, 25)], [int(s) for s in signal.pthread_sigmask(0, [])]]))"
        alone = subprocess.run([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True,
                               check=True, cwd=self.directory)
        within = self.report("run", "--no-preload", "--", sys.executable, "-c", script)
        self.assertEqual(within.stdout, alone.stdout)

    def test_signals_are_passed_on(self):
        process = self.start("--no-preload", "--", sys.executable, "-c", LISTENER)
        self.assertIn("ready", process.stdout.readline())
        for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGUSR1,
                       signal.SIGUSR2, signal.SIGWINCH, signal.SIGCONT):
            process.send_signal(number)
            self.assertEqual(process.stdout.readline(), number.name + "\n")
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=PATIENCE)
        self.assertEqual(process.returncode, 5)

    def test_stopping_stops_both(self):
        process = self.start("--no-preload", "--", sys.executable, "-c", LISTENER)
        child = int(process.stdout.readline().split()[1])
        process.send_signal(signal.SIGTSTP)
        for pid in (child, process.pid):
            self.wait_for_state(pid, "T")
        os.kill(process.pid, signal.SIGCONT)
        self.assertEqual(process.stdout.readline(), "SIGCONT\n")
        self.wait_for_state(child, "S")
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=PATIENCE)
        self.assertEqual(process.returncode, 5)

    def wait_for_state(self, pid, state):
        for _ in range(500):
            with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
                if file.read().rsplit(")", 1)[1].split()[0] == state:
                    return
            time.sleep(0.01)
        self.fail(f"process {pid} does not reach state {state}")

    def test_the_terminal_is_the_commands(self):
        # On a terminal of its own, ^C comes once, to the command, and the report is still written.
        pid, master = pty.fork()
        if pid == 0:
            os.chdir(self.directory)
            os.execve(CTXREPORT, [CTXREPORT, "run", "--no-preload", "--", sys.executable, "-c",
                                  LISTENER], self.environment)
        self.addCleanup(os.close, master)
        output = self.read_until(master, b"ready")
        fcntl.ioctl(master, termios.TIOCSWINSZ, b"\x20\x00\x50\x00\x00\x00\x00\x00")
        output += self.read_until(master, b"SIGWINCH")
        os.write(master, b"\x03")
        output += self.read_until(master, b"SIGINT")
        os.write(master, b"\x1c")
        output += self.read_until(master, b"SIGQUIT")
        os.kill(pid, signal.SIGTERM)
        output += self.read_until(master, b"Nothing was recorded")
        _, status = os.waitpid(pid, 0)
        self.assertEqual(os.waitstatus_to_exitcode(status), 5)
        self.assertEqual(output.count(b"SIGINT"), 1)
        self.assertEqual(output.count(b"SIGQUIT"), 1)

    def read_until(self, descriptor, word):
        output = b""
        while word not in output:
            piece = os.read(descriptor, 4096)
            self.assertTrue(piece, output)
            output += piece
        return output

    def test_a_reader_of_standard_error_that_went_away(self):
        read_end, write_end = os.pipe()
        process = subprocess.Popen([CTXREPORT, *RUN, "-o", "r.db", "--", CLEAN],
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=write_end,
                                   env=self.environment, cwd=self.directory)
        os.close(write_end)
        process.stdout.readline()
        os.close(read_end)
        process.communicate(b"\n", timeout=PATIENCE)
        self.assertEqual(process.returncode, TROUBLE)
        self.assert_consistent(self.path("r.db"))
        self.assert_no_segments()


class Segments(Run):
    """What a killed program leaves, whole and damaged."""

    def leave_segment(self):
        environment = dict(self.environment, CTXTRACE="1")
        process = subprocess.Popen([LEAKING], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                   env=environment)
        process.stdout.readline()
        time.sleep(1.1)
        process.kill()
        process.communicate()
        names = [name for name in os.listdir(self.segments) if name.endswith(".ctxt")]
        self.assertEqual(len(names), 1)
        return os.path.join(self.segments, names[0])

    def test_inspect_and_list(self):
        segment = self.leave_segment()
        result = self.report("inspect", segment)
        self.assertEqual(result.returncode, FOUND)
        self.assertIn("128 contexts created in handle_request", result.stdout)
        self.assertIn("nobody saw how", result.stdout)
        listed = parse(self.report("list", "--json").stdout)["targets"]
        self.assertIn((segment, "dead"), [(item["target"], item["state"]) for item in listed])
        self.assertIn(segment, self.report("list").stdout)
        self.assertTrue(os.path.exists(segment))

    def test_a_live_program(self):
        process = subprocess.Popen([LEAKING], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                   env=dict(self.environment, CTXTRACE="1"))
        self.addCleanup(process.communicate, b"\n")
        process.stdout.readline()
        time.sleep(1.1)
        result = self.report("inspect", str(process.pid))
        self.assertEqual(result.returncode, FOUND, result.stderr)
        self.assertIn("running when it was looked at", result.stdout)
        self.assertIn("128 contexts created in handle_request", result.stdout)

    def test_watching_until_the_program_ends(self):
        process = subprocess.Popen([LEAKING], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                   env=dict(self.environment, CTXTRACE="1"))
        process.stdout.readline()
        watcher = subprocess.Popen([CTXREPORT, "inspect", "--watch=100ms", str(process.pid)],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                   env=self.environment)
        for _ in range(14):
            watcher.stderr.readline()
        process.kill()
        process.communicate()
        output, _ = watcher.communicate(timeout=PATIENCE)
        self.assertEqual(watcher.returncode, FOUND)
        self.assertIn("128 contexts created in handle_request", output)

    def test_truncated(self):
        segment = self.leave_segment()
        size = os.path.getsize(segment)
        for length in (0, 1, 8, 100, 4095, 4096, 5000, size // 2):
            os.truncate(segment, length)
            result = self.report("inspect", segment)
            self.assertEqual(result.returncode, TROUBLE, length)
            self.assertEqual(len(result.stderr.strip().splitlines()), 1, result.stderr)
            os.truncate(segment, size)


if __name__ == "__main__":
    unittest.main()
