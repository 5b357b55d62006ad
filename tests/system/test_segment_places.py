#!/usr/bin/env python3
"""Segments in other places than ours: containers, other users' directories, files that are cut."""

import os
import shutil
import subprocess
import unittest

from ctxreport_test import CTXREPORT, FOUND, NOTHING_FOUND, PROGRAMS, ReportTest, parse

TARGET = os.path.join(PROGRAMS, "lost_cancel_planted")
ROOT = os.geteuid() == 0
USER, PLANTER = 65533, 65532


def needs(*tools, root=True):
    if root and not ROOT:
        return unittest.skip("needs root")
    missing = [tool for tool in tools if not shutil.which(tool)]
    return unittest.skipIf(missing, "needs " + ", ".join(missing))


class Place(ReportTest):
    def setUp(self):
        super().setUp()
        os.chmod(self.directory, 0o755)
        self.environment.pop("CTXTRACE_KEEP", None)

    def start(self, *command, **variables):
        """Starts a recorded program that says when it is ready; it ends with the test."""
        environment = dict(self.environment, CTXTRACE="1", **variables)
        for name in [name for name, value in environment.items() if value is None]:
            del environment[name]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, env=environment)
        self.addCleanup(process.communicate)
        line = process.stdout.readline()
        if line != b"ready\n":
            self.skipTest(f"cannot be run here: {process.stderr.read()}")
        return process

    def child_of(self, process):
        with open(f"/proc/{process.pid}/task/{process.pid}/children", encoding="ascii") as file:
            return int(file.read().split()[0])

    def assert_found(self, pid):
        """It is read by its pid, and is in the list once, by that pid."""
        result = self.report("inspect", "--json", "--min-age=0s", str(pid))
        self.assertEqual(result.returncode, FOUND, result.stderr)
        program = parse(result.stdout)["runs"][0]["programs"][0]
        self.assertEqual((program["source"], program["state"], program["pid"]),
                         ("segment", "alive", pid))
        rules = {finding["rule"] for finding in program["findings"]}
        self.assertIn("lost-cancel", rules)
        stacks = [frame["function"] for finding in program["findings"]
                  for stack in finding["stacks"] for frame in stack["frames"]]
        self.assertIn("main", stacks)
        self.assertEqual([(item["pid"], item["state"], item["target"])
                          for item in self.listed({pid})], [(pid, "alive", str(pid))])

    def listed(self, pids):
        """Of these processes, or in our directory: more may run on this machine."""
        return [item for item in parse(self.report("list", "--json").stdout)["targets"]
                if item["pid"] in pids or item["target"].startswith(self.directory)]


class Containers(Place):
    @needs("unshare", "mount")
    def test_memory_files_of_its_own(self):
        script = f"mount -t tmpfs none /dev/shm && exec {TARGET}"
        process = self.start("unshare", "--mount", "sh", "-c", script, CTXTRACE_DIR=None)
        self.assert_found(process.pid)

    @needs("unshare", "mount")
    def test_processes_and_memory_files_of_its_own(self):
        script = f"mount -t tmpfs none /dev/shm && exec {TARGET}"
        process = self.start("unshare", "--pid", "--fork", "--mount-proc", "sh", "-c", script,
                             CTXTRACE_DIR=None)
        self.assert_found(self.child_of(process))

    @needs("unshare", root=False)
    def test_as_an_unprivileged_user(self):
        script = f"mount -t tmpfs none /dev/shm && exec {TARGET}"
        process = self.start("unshare", "--user", "--map-root-user", "--mount", "--pid", "--fork",
                             "--mount-proc", "sh", "-c", script, CTXTRACE_DIR=None)
        self.assert_found(self.child_of(process))

    @needs("unshare")
    def test_a_directory_that_is_shared(self):
        process = self.start("unshare", "--pid", "--fork", "--mount-proc", TARGET)
        self.assert_found(self.child_of(process))

    @needs("unshare")
    def test_two_with_one_number(self):
        """Both are process 1 to themselves, and write to one directory."""
        one = self.start("unshare", "--pid", "--fork", "--mount-proc", TARGET)
        other = self.start("unshare", "--pid", "--fork", "--mount-proc", TARGET)
        pids = {self.child_of(one), self.child_of(other)}
        self.assertEqual(sorted(item["pid"] for item in self.listed(pids)), sorted(pids))
        for pid in pids:
            result = self.report("inspect", "--json", "--min-age=0s", str(pid))
            self.assertEqual(parse(result.stdout)["runs"][0]["programs"][0]["pid"], pid)

    @needs("unshare")
    def test_what_lives_elsewhere_is_not_removed(self):
        """Every start of a recorded program removes segments of dead ones, here all of them."""
        process = self.start("unshare", "--pid", "--fork", "--mount-proc", TARGET)
        [segment] = os.listdir(self.segments)
        path = os.path.join(self.segments, segment)
        for before in ((), ("unshare", "--pid", "--fork", "--mount-proc")):
            for _ in range(3):
                other = self.start(*before, TARGET, CTXTRACE_DEAD="0")
                other.communicate(b"\n")
        self.assertTrue(os.path.exists(path))
        self.assert_found(self.child_of(process))
        # Seen from within, what lives outside is alive, too.
        outside = self.start(TARGET)
        inside = self.report_within("list", "--json")
        self.assertEqual([item["state"] for item in parse(inside.stdout)["targets"]
                          if item["source"] == "segment"], ["alive", "alive"], inside.stderr)
        outside.communicate(b"\n")
        process.kill()
        process.communicate()
        last = self.start(TARGET, CTXTRACE_DEAD="0")
        self.assertFalse(os.path.exists(path))
        last.communicate(b"\n")

    def report_within(self, *arguments):
        return subprocess.run(["unshare", "--pid", "--fork", "--mount-proc", CTXREPORT, *arguments],
                              text=True, capture_output=True, check=False, timeout=60,
                              env=self.environment)


class Deleted(Place):
    def test_it_is_read_as_long_as_the_program_lives(self):
        process = self.start(TARGET)
        [segment] = os.listdir(self.segments)
        os.unlink(os.path.join(self.segments, segment))
        self.assert_found(process.pid)


class Planted(Place):
    """Somebody else has taken the name of the user's directory in /dev/shm."""

    def run_planted(self, script, prepare=""):
        """In a /dev/shm and a /run that nobody else sees, as USER."""
        with open(self.path("script"), "w", encoding="ascii") as file:
            file.write(script)
        os.chmod(self.segments, 0o700)
        shutil.copy(CTXREPORT, self.path("ctxreport"))
        whole = f"""
            mount -t tmpfs none /dev/shm && mount -t tmpfs none /run && chmod 1777 /dev/shm || exit 77
            mkdir /dev/shm/ctxtrace-{USER} && cp {self.segments}/* /dev/shm/ctxtrace-{USER}/
            chown -R {PLANTER}:{PLANTER} /dev/shm/ctxtrace-{USER}; chmod -R a+rX /dev/shm/ctxtrace-{USER}
            {prepare}
            exec setpriv --reuid={USER} --regid={USER} --clear-groups sh {self.path("script")}
        """
        environment = dict(self.environment, CTXTRACE_KEEP="1", T=TARGET, R=self.path("ctxreport"))
        del environment["CTXTRACE_DIR"]
        result = subprocess.run(["unshare", "--mount", "sh", "-c", whole], text=True, check=False,
                                capture_output=True, timeout=60, env=environment, cwd="/",
                                stdin=None)
        if result.returncode == 77:
            self.skipTest(result.stderr)
        return result

    def leave_a_segment(self):
        process = self.start(TARGET)
        process.kill()
        process.communicate()
        self.assertEqual(len(os.listdir(self.segments)), 1)

    @needs("unshare", "mount", "setpriv")
    def test_it_is_said_once_and_the_program_runs(self):
        self.leave_a_segment()
        result = self.run_planted("echo | CTXTRACE=1 $T")
        self.assertEqual((result.returncode, result.stdout), (0, "ready\n"), result.stderr)
        lines = result.stderr.splitlines()
        self.assertEqual(len(lines), 1, result.stderr)
        for word in (f"/dev/shm/ctxtrace-{USER}", f"uid {PLANTER}", "nothing is recorded",
                     "CTXTRACE_DIR"):
            self.assertIn(word, lines[0])

    @needs("unshare", "mount", "setpriv")
    def test_another_directory_is_used(self):
        self.leave_a_segment()
        own = f"/run/user/{USER}"
        result = self.run_planted("echo | CTXTRACE=1 $T; $R list --json; ls " + own + "/ctxtrace",
                                  f"mkdir -p {own}; chown {USER} {own}; chmod 700 {own}")
        self.assertIn(f"the recording is {own}/ctxtrace/", result.stderr)
        document, end = result.stdout.removeprefix("ready\n").rsplit("}", 1)
        targets = [item for item in parse(document + "}")["targets"] if item["source"] == "segment"]
        self.assertEqual([(item["target"], item["uid"]) for item in targets],
                         [(f"{own}/ctxtrace/{end.strip()}", USER)], result.stdout)

    @needs("unshare", "mount", "setpriv")
    def test_the_planters_files_are_not_shown(self):
        self.leave_a_segment()
        result = self.run_planted("$R list")
        self.assertEqual(result.returncode, 0)
        self.assertNotIn("lost_cancel", result.stdout)
        self.assertEqual(len(result.stderr.splitlines()), 1, result.stderr)
        self.assertIn("not shown", result.stderr)
        result = self.run_planted("$R run -- true")
        self.assertEqual(result.returncode, 2)
        self.assertIn("not a directory that only you can write to", result.stderr)

    @needs("unshare", "mount", "setpriv")
    def test_files_of_others_in_the_own_directory_are_not_shown(self):
        self.leave_a_segment()
        [segment] = os.listdir(self.segments)
        prepare = f"""chown {USER} /dev/shm/ctxtrace-{USER}; chmod 700 /dev/shm/ctxtrace-{USER}
                      chmod 644 /dev/shm/ctxtrace-{USER}/*"""
        result = self.run_planted("$R list", prepare)
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertNotIn("lost_cancel", result.stdout)
        prepare += f"; chown {USER} /dev/shm/ctxtrace-{USER}/*"
        self.assertIn(segment, self.run_planted("$R list", prepare).stdout)

    @needs("unshare", "mount", "setpriv")
    def test_root_is_told_whose(self):
        self.leave_a_segment()
        [segment] = os.listdir(self.segments)
        whole = f"""
            mount -t tmpfs none /dev/shm && chmod 1777 /dev/shm || exit 77
            mkdir -m 700 /dev/shm/ctxtrace-{USER} && cp {self.segments}/* /dev/shm/ctxtrace-{USER}/
            chown -R {USER} /dev/shm/ctxtrace-{USER}
            mkdir -m 700 /dev/shm/ctxtrace-{PLANTER} && cp {self.segments}/* /dev/shm/ctxtrace-{PLANTER}/
            chown -R {USER} /dev/shm/ctxtrace-{PLANTER}
            {CTXREPORT} list
        """
        del self.environment["CTXTRACE_DIR"]
        result = subprocess.run(["unshare", "--mount", "sh", "-c", whole], text=True, check=False,
                                capture_output=True, timeout=60, env=self.environment)
        if result.returncode == 77:
            self.skipTest(result.stderr)
        self.assertIn(f"(of uid {USER}) ", result.stdout)
        self.assertIn(f"/dev/shm/ctxtrace-{USER}/{segment}", result.stdout)
        # This one is in a directory that its name says is another's.
        self.assertNotIn(f"/dev/shm/ctxtrace-{PLANTER}/", result.stdout)
        self.assertIn(f"/dev/shm/ctxtrace-{PLANTER} is not a directory", result.stderr)


class Cut(Place):
    """A segment that somebody cuts: what reads it gets a sentence, or what is left."""

    def test_dead(self):
        process = self.start(TARGET)
        process.kill()
        process.communicate()
        [segment] = os.listdir(self.segments)
        path = os.path.join(self.segments, segment)
        size = os.path.getsize(path)
        with open(path, "rb") as file:
            head = file.read(1 << 20)
        for length in [size - 1, size // 2, 1 << 20, 1 << 16, 8192, 4097, 4096, 100, 8, 1, 0]:
            with open(path, "wb") as file:
                file.write(head[:length])
                file.truncate(length)
            result = self.report("inspect", path)
            self.assertIn(result.returncode, (NOTHING_FOUND, FOUND, 2, 3), result.stderr)
            self.assertLessEqual(len(result.stderr.splitlines()), 1, result.stderr)
            self.assertEqual(self.report("list").returncode, 0)


if __name__ == "__main__":
    unittest.main(verbosity=2)
