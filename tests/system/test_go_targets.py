"""Go programs in places that are not easy to look at, and what is left of them.

A process in another namespace, an executable that was replaced or deleted, no permission, cores that
are cut short, lack their executable or are of another build, a heap in motion: each simply works, or
gets one clear sentence and the right status.
"""

import os
import re
import resource
import shutil
import signal
import subprocess
import time
import unittest

from ctxreport_test import (CTXREPORT, FOUND, INCOMPLETE, NOTHING_FOUND, TROUBLE, ReportTest,
                            parse)

GO_PROGRAMS = os.environ["CTXTRACE_GO_PROGRAMS"]
INSPECT = ["inspect", "--json", "--max-pause=10s", "--min-age=0s"]
NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]

# What tests/programs/go/leaks.go plants: goroutines that are leaked, by the function they run.
LEAKED = {"main.leakedReceive", "main.leakedSend", "main.leakedSelect", "main.leakedLock",
          "main.leakedRead", "main.leakedGroup", "main.leakedCond", "main.leakedPair"}


def go_minor():
    version = subprocess.run(["go", "env", "GOVERSION"], capture_output=True, text=True, check=True)
    return int(version.stdout.split(".")[1])


def needs(*tools, root=True):
    """Skips a test, saying why, where it cannot be made."""
    if root and os.geteuid() != 0:
        return unittest.skip("needs root: namespaces and other users")
    missing = [tool for tool in tools if not shutil.which(tool)]
    return unittest.skipIf(missing, "needs " + ", ".join(missing))


def core_in(directory):
    names = [name for name in os.listdir(directory) if name.startswith("core")]
    return os.path.join(directory, names[0]) if names else None


def set_core_limit():
    limit = resource.getrlimit(resource.RLIMIT_CORE)[1]
    resource.setrlimit(resource.RLIMIT_CORE, (limit, limit))


@unittest.skipUnless(shutil.which("go"), "there is no `go` to build the programs with")
class GoTargetsTest(ReportTest):
    built = {}

    def build(self, name, *flags):
        """Returns the bytes of the executable; each kind is built once."""
        if (name, flags) not in self.built:
            path = self.path("built")
            result = subprocess.run(
                ["go", "build", *flags, "-o", path, os.path.join(GO_PROGRAMS, name + ".go")],
                capture_output=True, text=True, check=False,
                env=dict(os.environ, GOFLAGS="-buildvcs=false", GOWORK="off", CGO_ENABLED="0"))
            self.assertEqual(result.returncode, 0, result.stderr)
            with open(path, "rb") as file:
                self.built[name, flags] = file.read()
        return self.built[name, flags]

    def install(self, path, name="leaks", *flags):
        """Puts a program at the path, as a new file."""
        with open(path + ".new", "wb") as file:
            file.write(self.build(name, *flags))
        os.chmod(path + ".new", 0o755)
        os.rename(path + ".new", path)
        return path

    def start(self, *command, **keywords):
        """Starts the command, waits until the program in it says so, and ends it with the test."""
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                   stderr=subprocess.DEVNULL, cwd=self.directory, text=True,
                                   **keywords)
        self.addCleanup(self.end, process)
        self.assertEqual(process.stdout.readline().strip(), "ready")
        return process

    @staticmethod
    def end(process):
        process.stdin.close()  # which ends the program, also one that is not our own child
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()

    @staticmethod
    def child_of(process):
        with open(f"/proc/{process.pid}/task/{process.pid}/children") as file:
            return int(file.read().split()[0])

    def leaked(self, *arguments, **keywords):
        """The functions of the goroutines that are proved to be leaked."""
        result = self.report(*INSPECT, *arguments, **keywords)
        self.assertEqual(result.returncode, FOUND, result.stderr)
        program = parse(result.stdout)["runs"][0]["programs"][0]
        found = {frame["function"] for finding in program["findings"] for stack in finding["stacks"]
                 for frame in stack["frames"]
                 if finding["rule"] == "leaked-task" and finding["confidence"] == "proved"}
        return {name for name in found if re.match(r"main\.(leaked|alive)", name)}, program

    def assert_simply_works(self, pid):
        leaked, program = self.leaked(str(pid))
        self.assertEqual(leaked, LEAKED)
        self.assertTrue(program["complete"])
        return program

    # ---- alive ----

    def test_replaced_executable(self):
        path = self.install(self.path("program"))
        process = self.start(path)
        self.install(path, "churn")
        self.assert_simply_works(process.pid)

    def test_deleted_executable(self):
        path = self.install(self.path("program"))
        process = self.start(path)
        os.unlink(path)
        program = self.assert_simply_works(process.pid)
        self.assertEqual(program["executable"], path + " (deleted)")

    @needs("unshare")
    def test_pid_namespace(self):
        path = self.install(self.path("program"))
        process = self.start("unshare", "--pid", "--fork", "--mount-proc", path)
        self.assert_simply_works(self.child_of(process))

    @needs("unshare", "mount")
    def test_mount_namespace(self):
        """The executable's path leads nowhere outside."""
        path = self.install(self.path("program"))
        inside = self.path("inside")
        os.mkdir(inside)
        script = f'mount -t tmpfs none {inside} && cp {path} {inside}/program && exec {inside}/program'
        process = self.start("unshare", "--mount", "sh", "-c", script)
        self.assertEqual(os.listdir(inside), [])
        program = self.assert_simply_works(process.pid)
        self.assertEqual(program["executable"], inside + "/program")

    @needs("unshare", "chroot")
    def test_container(self):
        """Namespaces of its own of every kind, and a root of its own."""
        root = self.path("root")
        os.mkdir(root)
        self.install(os.path.join(root, "program"))
        process = self.start("unshare", "--pid", "--fork", "--mount", "--ipc", "--uts", "--net",
                             "--cgroup", "chroot", root, "/program")
        self.assert_simply_works(self.child_of(process))

    @needs("unshare", "setpriv")
    def test_user_namespace(self):
        """As unprivileged users make them."""
        path = self.install(self.path("program"))
        os.chmod(self.directory, 0o755)
        probe = subprocess.run([*NOBODY, "unshare", "--user", "true"], capture_output=True,
                               check=False)
        if probe.returncode:
            self.skipTest("this kernel gives unprivileged users no namespaces")
        process = self.start(*NOBODY, "unshare", "--user", "--map-root-user", "--pid", "--fork",
                             path)
        self.assert_simply_works(self.child_of(process))

    @needs("setpriv")
    def test_no_permission(self):
        process = self.start(self.install(self.path("program")))
        os.chmod(self.directory, 0o755)
        tool = shutil.copy(CTXREPORT, self.path("ctxreport"))
        result = subprocess.run([*NOBODY, tool, "inspect", str(process.pid)], text=True,
                                capture_output=True, timeout=60, check=False, cwd="/")
        self.assert_refused(result, "no permission", str(process.pid), "belongs to user 0")

    @needs("strace")
    def test_traced_already(self):
        """It cannot be stopped then: everything is shown, but without proofs, and it says why."""
        process = self.start(self.install(self.path("program")))
        tracer = subprocess.Popen(["strace", "-f", "-o", "/dev/null", "-p", str(process.pid)],
                                  stderr=subprocess.DEVNULL)
        try:
            self.wait_for_tracer(process.pid)
            result = self.report(*INSPECT, str(process.pid))
        finally:
            tracer.send_signal(signal.SIGINT)
            tracer.wait()
        program = parse(result.stdout)["runs"][0]["programs"][0]
        self.assertGreater(program["task_count"], 15)
        self.assertNotIn("proved", {finding["confidence"] for finding in program["findings"]})
        self.assertIn("cannot stop process", str(program["losses"]))
        self.assertIn(f"process {tracer.pid} (strace) traces it already", str(program["losses"]))
        self.assert_simply_works(process.pid)

    def wait_for_tracer(self, pid):
        for _ in range(500):
            with open(f"/proc/{pid}/status") as file:
                if "TracerPid:\t0\n" not in file.read():
                    return
            time.sleep(0.01)
        self.fail("strace did not attach")

    def test_heap_in_motion(self):
        """What is looked at while it changes may be missing, but nothing false is claimed."""
        process = self.start(self.install(self.path("program"), "churn"))
        for _ in range(20):
            result = self.report(*INSPECT, str(process.pid))
            self.assertEqual(result.returncode, NOTHING_FOUND, result.stdout + result.stderr)

    def test_ended_meanwhile(self):
        process = self.start(self.install(self.path("program")))
        self.end(process)
        self.assert_refused(self.report("inspect", str(process.pid)), "no process",
                            str(process.pid))

    # ---- cores ----

    def make_core(self, *flags, name="leaks"):
        """Crashes a program; returns its executable and its core."""
        path = self.install(self.path("program"), name, *flags)
        directory = self.path("cores")
        os.mkdir(directory)
        process = subprocess.Popen([path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                   stderr=subprocess.DEVNULL, cwd=directory,
                                   preexec_fn=set_core_limit,
                                   env=dict(os.environ, GOTRACEBACK="crash"))
        self.addCleanup(self.end, process)
        self.assertEqual(process.stdout.readline().strip(), "ready")
        self.said = process.stdout.readline().strip() if name in ("pulse",) else None
        process.send_signal(signal.SIGABRT)
        process.wait(timeout=30)
        core = core_in(directory)
        if not core:
            self.skipTest("this machine writes no core files "
                          "(see /proc/sys/kernel/core_pattern and ulimit -c)")
        return path, core

    def look_at_core(self, flags):
        _, core = self.make_core(*flags)
        leaked, program = self.leaked(core)
        shutil.rmtree(self.path("cores"))
        self.assertEqual(program["state"], "core")
        self.assertLessEqual(leaked, LEAKED)
        return leaked

    def test_core(self):
        """
        A process can end with the address of a leaked channel left over where Go's collector does
        not look; of that goroutine nothing is claimed then. Not of one process after another.
        """
        for flags in ((), ("-ldflags=-s -w",)):
            with self.subTest(flags=flags):
                self.assertTrue(any(self.look_at_core(flags) == LEAKED for _ in range(3)))

    def contexts_of(self, core):
        """The contexts that are shown, by address, and the status."""
        if os.path.exists(self.path("r.db")):
            os.unlink(self.path("r.db"))
        result = self.report(*INSPECT, "-o", "r.db", core)
        rows = self.select(self.path("r.db"), "SELECT address, kind, state, deadline_ns FROM contexts")
        return set(rows), result

    def test_the_heap_of_a_truncated_core(self):
        """What is there of the heap is shown, and nothing that the whole core does not show."""
        for flags in ((), ("-ldflags=-s -w",)):
            with self.subTest(flags=flags):
                _, core = self.make_core(*flags, name="large")
                whole, _ = self.contexts_of(core)
                self.assertGreater(len(whole), 1000)
                # The oldest of what the runtime knows of its heap lies at the end, so a small
                # cut takes much; how much depends on where the kernel laid it.
                os.truncate(core, os.path.getsize(core) * 998 // 1000)
                part, result = self.contexts_of(core)
                self.assertEqual(result.returncode, INCOMPLETE, result.stderr)
                self.assertGreater(len(part), 0)
                self.assertLessEqual(part, whole)
                program = parse(result.stdout)["runs"][0]["programs"][0]
                self.assertIn("the core is cut short: at least", str(program["losses"]))
                self.assertNotIn("proved", str(program["findings"]))
            shutil.rmtree(self.path("cores"))

    def test_compressed_core(self):
        _, core = self.make_core()
        whole, _ = self.leaked(core)
        self.assertTrue(whole)
        for tool in ("zstd", "lz4", "gzip"):
            if not shutil.which(tool):
                continue
            with self.subTest(tool):
                compressed = self.path("core." + tool)
                with open(core, "rb") as source, open(compressed, "wb") as target:
                    subprocess.run([tool, "-c"], stdin=source, stdout=target, check=True)
                leaked, program = self.leaked(compressed)
                self.assertEqual(leaked, whole)
                self.assertTrue(program["complete"])
                # The end of it is missing: that of the core is, too.
                os.truncate(compressed, os.path.getsize(compressed) * 9 // 10)
                result = self.report(*INSPECT, compressed)
                if result.returncode == TROUBLE:
                    self.assert_refused(result, compressed, "cut short")
                    continue
                self.assertEqual(result.returncode, INCOMPLETE, result.stderr)
                program = parse(result.stdout)["runs"][0]["programs"][0]
                self.assertFalse(program["complete"])
                self.assertNotIn("proved", str(program["findings"]))

    @needs("unshare", "mount", "gzip")
    def test_compressed_core_without_room(self):
        """Random bytes, so that what is decompressed is as large as it says."""
        path, room = self.path("core.gz"), self.path("room")
        os.mkdir(room)
        with open(self.path("core"), "wb") as file:
            file.write(b"\x7fELF\2\1\1" + bytes(9) + b"\4\0\x3e\0" + os.urandom(8 << 20))
        with open(path, "wb") as file:
            subprocess.run(["gzip", "-c", self.path("core")], stdout=file, check=True)
        script = f'mount -t tmpfs -o size=4m none {room} && exec "$0" inspect {path}'
        result = subprocess.run(["unshare", "--mount", "sh", "-c", script, CTXREPORT], text=True,
                                capture_output=True, timeout=60, check=False,
                                env=dict(self.environment, TMPDIR=room))
        self.assert_refused(result, path, "does not fit", room, "TMPDIR")

    def test_other_compressions(self):
        for magic, tool in ((b"\xfd7zXZ\0", "xz -d"), (b"BZh91AY", "bzip2 -d")):
            with open(self.path("core"), "wb") as file:
                file.write(magic + bytes(100))
            self.assert_refused(self.report("inspect", self.path("core")), "compressed", tool)

    def times_in(self, core, *prefix):
        """All times that a report on it has."""
        report = self.path("times.db")
        if os.path.exists(report):
            os.remove(report)
        result = subprocess.run([*prefix, CTXREPORT, "inspect", "-o", report, "--fail-on=none", core],
                                check=False, capture_output=True, text=True, env=self.environment)
        self.assertEqual(result.returncode, NOTHING_FOUND, result.stderr)
        program = self.select(report, "SELECT started_ns, taken_ns, realtime_offset_ns, "
                                      "taken_at_least FROM programs")[0]
        return (program, self.select(report, "SELECT since_ns, until_ns FROM waits ORDER BY id"),
                self.select(report, "SELECT deadline_ns, created_ns FROM contexts ORDER BY id"))

    def test_times_of_a_core_are_its_own(self):
        """Not those of the machine that reads it, nor of the file."""
        began_ns = time.time_ns()
        _, core = self.make_core(name="late_wait")
        ended_ns = time.time_ns()
        first = self.times_in(core)
        (started_ns, taken_ns, _, taken_at_least), waits, contexts = first
        self.assertTrue(began_ns - 10**8 <= started_ns <= taken_ns <= ended_ns, first)
        self.assertEqual(taken_at_least, 1)
        for since_ns, until_ns in waits:
            self.assertTrue(since_ns is None or started_ns <= since_ns <= taken_ns, first)
            self.assertTrue(until_ns is None or until_ns > taken_ns, first)
        deadlines = [deadline_ns for deadline_ns, _ in contexts if deadline_ns is not None]
        self.assertEqual(len(deadlines), 1, first)
        self.assertTrue(began_ns < deadlines[0] - 3600 * 10**9 < ended_ns, first)
        os.utime(core, ns=(0, ended_ns + 3 * 3600 * 10**9))
        self.assertEqual(self.times_in(core), first)
        if os.geteuid() == 0 and shutil.which("unshare"):
            elsewhere = ["unshare", "-T", "--monotonic", "864000", "--boottime", "864000", "--fork"]
            self.assertEqual(self.times_in(core, *elsewhere), first)

    def test_an_idle_core_was_taken_after_its_last_work(self):
        """No collection has noted a time; that each processor went idle has."""
        if go_minor() < 19:
            self.skipTest("processors note it since Go 1.19")
        _, core = self.make_core(name="pulse")
        (started_ns, taken_ns, _, taken_at_least), _, _ = first = self.times_in(core)
        self.assertEqual(taken_at_least, 1)
        self.assertGreater(taken_ns, int(self.said) - 10**7, first)
        self.assertGreater(taken_ns - started_ns, 2 * 10**9 - 10**8, first)
        self.assertLess(taken_ns, time.time_ns(), first)

    def test_a_core_without_symbols_says_what_it_does_not_know(self):
        _, core = self.make_core("-ldflags=-s -w", name="late_wait")
        (started_ns, taken_ns, _, taken_at_least), waits, _ = first = self.times_in(core)
        self.assertIsNone(started_ns)
        self.assertEqual(taken_at_least, 1)
        for since_ns, _ in waits:
            self.assertTrue(since_ns is None or since_ns <= taken_ns, first)
        os.utime(core, ns=(0, time.time_ns() + 3 * 3600 * 10**9))
        self.assertEqual(self.times_in(core), first)

    def test_a_wait_is_not_said_to_be_longer_than_it_is(self):
        process = self.start(self.install(self.path("program"), "late_wait"))
        began_ns = int(process.stdout.readline())
        _, waits, _ = self.times_in(str(process.pid))
        known = [since_ns for since_ns, _ in waits if since_ns is not None]
        self.assertTrue(known)
        for since_ns in known:
            self.assertGreater(since_ns, began_ns - 10**7)

    def test_core_without_its_executable(self):
        path, core = self.make_core()
        with_it, _ = self.leaked(core)
        self.assertTrue(with_it)
        os.rename(path, self.path("elsewhere"))
        self.assert_refused(self.report("inspect", core), path, "CTXTRACE_EXECUTABLE")
        environment = dict(self.environment, CTXTRACE_EXECUTABLE=self.path("elsewhere"))
        leaked, _ = self.leaked(core, env=environment)
        self.assertEqual(leaked, with_it)

    def test_core_of_another_build(self):
        path, core = self.make_core()
        self.install(path, "leaks", "-gcflags=-N -l")
        self.assert_refused(self.report("inspect", core), path, "not the build")
        self.install(path, "churn")
        self.assert_refused(self.report("inspect", core), path, "not the build")

    def test_executable_that_is_none(self):
        path, core = self.make_core()
        with open(path, "wb") as file:
            file.write(b"#!/bin/sh\n")
        self.assert_refused(self.report("inspect", core), path, "not an ELF file")

    def test_truncated_core(self):
        """What is there is shown, or refused in a sentence; nothing is proved by what is not."""
        _, core = self.make_core()
        size = os.path.getsize(core)
        shown = 0
        for part in (99, 90, 70, 50, 30, 10, 1):
            os.truncate(core, size * part // 100)
            result = self.report(*INSPECT, core)
            if result.returncode == TROUBLE:
                self.assert_refused(result, core, "cut short")
                continue
            self.assertEqual(result.returncode, INCOMPLETE, result.stderr)
            program = parse(result.stdout)["runs"][0]["programs"][0]
            self.assertFalse(program["complete"])
            self.assertNotIn("proved", {finding["confidence"] for finding in program["findings"]})
            shown += 1
        self.assertGreater(shown, 0)
        os.truncate(core, 0)
        self.assert_refused(self.report("inspect", core), core)



class MissingContexts(GoTargetsTest):
    """What a parent's map knows and the search did not come upon is counted, never left out."""

    def test_found_and_missing_are_all(self):
        program = self.install(self.path("lost_children"), "lost_children")
        for count in (10, 1000, 20000):
            process = self.start(program, str(count))
            result = self.report(*INSPECT, str(process.pid))
            (told,) = parse(result.stdout)["runs"][0]["programs"]
            found = sum(finding["count"] for finding in told["findings"]
                        if finding["rule"] == "lost-cancel")
            self.assertEqual(found + told["contexts_missing"], count)
            text = self.report("inspect", "--max-pause=10s", str(process.pid)).stdout
            if told["contexts_missing"]:
                self.assertIn("at least", text)
                self.assertIn("missing:", text)
            process.stdin.write("\n")
            process.stdin.flush()
            self.assertEqual(int(process.stdout.readline()), count)


if __name__ == "__main__":
    unittest.main()
