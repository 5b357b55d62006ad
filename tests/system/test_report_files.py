#!/usr/bin/env python3
"""Report files: what is refused, what is survived, and that a run is added whole or not at all.

CTXTRACE_KILLS sets how often a writer is killed (60; a longer campaign is run by hand).
"""

import fcntl
import os
import random
import resource
import shutil
import signal
import sqlite3
import struct
import subprocess
import sys
import time
import unittest

from ctxreport_test import (CTXREPORT, FOUND, INCOMPLETE, NOTHING_FOUND, PATIENCE, TROUBLE, ReportTest,
                            fixture, parse)

KILLS = int(os.environ.get("CTXTRACE_KILLS", "60"))
ROOT = os.geteuid() == 0
NOBODY = 65534

JOURNAL_MAGIC = bytes((0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7))

# Changes a report in place, as sqlite3(1) and older releases do, and dies in the middle of it.
DIES_IN_MID_WRITE = """
import os, signal, sqlite3, sys
database = sqlite3.connect(sys.argv[1], isolation_level=None)
database.execute("PRAGMA journal_mode = " + sys.argv[2])
database.execute("PRAGMA cache_size = 2")
database.execute("PRAGMA wal_autocheckpoint = 0")
database.execute("BEGIN")
database.execute("UPDATE runs SET target = 'changed'")
for table in ("frames", "stacks", "contexts", "events"):
    database.execute(f"DELETE FROM {table}")
if sys.argv[2] == "wal":
    database.execute("COMMIT")
os.kill(os.getpid(), signal.SIGKILL)
"""

# A process with a write-ahead log open, until its standard input ends.
STAYS_CONNECTED = """
import sqlite3, sys
database = sqlite3.connect(sys.argv[1], isolation_level=None)
database.execute("PRAGMA journal_mode = wal")
database.execute("UPDATE runs SET target = 'changed'")
print("ready", flush=True)
sys.stdin.read()
"""


def plant_super_journal(report, victim):
    """A journal as SQLite would believe it, that has `victim` deleted when it is played back."""
    with open(report, "rb") as file:
        header = file.read(100)
    page = struct.unpack(">H", header[16:18])[0] or 65536
    pages = struct.unpack(">I", header[28:32])[0]
    start = JOURNAL_MAGIC + struct.pack(">IIIII", 0, 1, pages, 512, page)
    name = os.fsencode(victim)
    total = sum(c if c < 128 else c - 256 for c in name) & 0xffffffff
    end = struct.pack(">I", 0x40000000 // page + 1) + name
    end += struct.pack(">II", len(name), total) + JOURNAL_MAGIC
    with open(report + "-journal", "wb") as file:
        file.write(start.ljust(512, b"\0") + end)


class FileTest(ReportTest):
    def setUp(self):
        super().setUp()
        self.r = self.path("r.db")

    def add(self, name="service", report="r.db", **keywords):
        return self.report("inspect", "-o", report, fixture(name), **keywords)

    def content(self, name):
        with open(self.path(name), "rb") as file:
            return file.read()

    def names(self):
        return sorted(name for name in os.listdir(self.directory) if name != "segments")

    def assert_readable(self, name="r.db"):
        """All commands that read a report read this one; returns its number of runs."""
        exported = self.report("export", name)
        self.assertEqual(exported.returncode, 0, exported.stderr)
        runs = len(parse(exported.stdout)["runs"])
        for command in (("show", name), ("diff", name, name),
                        ("inspect", "--baseline", name, fixture("service"))):
            result = self.report(*command)
            self.assertIn(result.returncode, (NOTHING_FOUND, FOUND, INCOMPLETE), result.stderr)
        return runs

    def die_in_mid_write(self, mode):
        result = subprocess.run([sys.executable, "-c", DIES_IN_MID_WRITE, self.r, mode],
                                check=False, timeout=PATIENCE)
        self.assertEqual(result.returncode, -signal.SIGKILL)


class Places(FileTest):
    """What -o and --to do not write to."""

    def assert_left_alone(self, name, *words):
        for option in ("-o", "--to"):
            self.assert_refused(self.report("inspect", option, name, fixture("clean")), *words)

    def test_links(self):
        self.add()
        before = self.content("r.db")
        os.symlink("r.db", self.path("link"))
        os.symlink("nowhere", self.path("broken"))
        for name in ("link", "broken"):
            self.assert_left_alone(name, "symbolic link")
        self.assertEqual(self.content("r.db"), before)
        self.assertEqual(self.names(), ["broken", "link", "r.db"])

    def test_directory(self):
        os.mkdir(self.path("directory"))
        self.assert_left_alone("directory", "is a directory")

    def test_pipe(self):
        os.mkfifo(self.path("pipe"))
        self.assert_refused(self.report("inspect", "-o", "pipe", fixture("clean")),
                            "not a regular file")

    def test_a_pipe_is_printed_to(self):
        os.mkfifo(self.path("pipe"))
        with subprocess.Popen(["cat", self.path("pipe")], stdout=subprocess.PIPE) as cat:
            self.report("inspect", "--json", "--to=pipe", fixture("clean"))
            self.assertEqual(len(parse(cat.communicate()[0])["runs"]), 1)

    def test_descriptors_are_printed_to(self):
        self.add()
        expected = self.report("export", "r.db").stdout
        self.assertEqual(self.report("export", "--to=/dev/stdout", "r.db").stdout, expected)
        with open(self.path("out"), "w+", encoding="utf-8") as file:
            file.write("before\n")
            file.flush()
            self.report("export", "--to=/dev/stdout", "r.db", stdout=file)
            file.seek(0)
            self.assertEqual(file.read(), "before\n" + expected)

    @unittest.skipUnless(ROOT, "only root can give files away")
    def test_files_of_others(self):
        self.add()
        for name in ("r.db", "empty", "text"):
            with open(self.path(name), "ab") as file:
                file.write(b"" if name != "text" else b"hello\n")
            os.chown(self.path(name), NOBODY, NOBODY)
            before = self.content(name)
            self.assert_left_alone(name, "belongs to another user")
            self.assertEqual(self.content(name), before)
            self.assertEqual(os.stat(self.path(name)).st_uid, NOBODY)
        # To be read is what reports are for.
        self.assertEqual(self.assert_readable(), 1)

    def test_mode_and_neighbours_stay(self):
        self.add()
        os.chmod(self.r, 0o640)
        self.add()
        self.assertEqual(os.stat(self.r).st_mode & 0o777, 0o640)
        self.assertEqual(self.names(), ["r.db"])

    @unittest.skipIf(os.environ.get("CTXTRACE_SANITIZE"), "sanitizers need /proc")
    def test_without_files_that_have_no_name(self):
        """Without /proc they cannot be given one; then the new file has a name from the first."""
        script = ('mount -t tmpfs none /proc && for i in 1 2; do "$0" inspect -o r.db "$1"; '
                  '"$0" export --to=e.json r.db; done; "$0" inspect -o r.db missing')
        result = subprocess.run(["unshare", "-rm", "sh", "-c", script, CTXREPORT, fixture("clean")],
                                env=self.environment, cwd=self.directory, text=True, check=False,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=PATIENCE)
        if "unshare" in result.stderr or "mount:" in result.stderr:
            self.skipTest(result.stderr)
        self.assert_refused(subprocess.CompletedProcess([], result.returncode, "", result.stderr),
                            "missing")
        self.assertEqual(self.names(), ["e.json", "r.db"])
        self.assertEqual(len(parse(self.content("e.json"))["runs"]), 2)
        self.assert_consistent(self.r)

    def test_a_file_that_is_mounted(self):
        with open(self.path("mounted"), "wb"), open(self.path("source"), "wb"):
            pass
        script = 'mount --bind source mounted && exec "$0" inspect -o mounted "$1"'
        result = subprocess.run(["unshare", "-rm", "sh", "-c", script, CTXREPORT, fixture("clean")],
                                env=self.environment, cwd=self.directory, text=True, check=False,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=PATIENCE)
        if "unshare" in result.stderr or "mount:" in result.stderr:
            self.skipTest(result.stderr)
        self.assert_refused(result, "is mounted as a file")


class Beside(FileTest):
    """Files beside a report, which SQLite believes."""

    def setUp(self):
        super().setUp()
        self.add()
        self.before = self.content("r.db")

    def assert_refused_by_all(self, *words):
        for arguments in (("show", "r.db"), ("export", "r.db"), ("diff", "r.db", "r.db"),
                          ("inspect", "--baseline", "r.db", fixture("clean")),
                          ("inspect", "-o", "r.db", fixture("clean"))):
            self.assert_refused(self.report(*arguments), *words)
        self.assertEqual(self.content("r.db"), self.before)

    def test_a_planted_journal_deletes_nothing(self):
        victim = self.path("victim")
        with open(victim, "wb"):
            pass
        plant_super_journal(self.r, victim)
        self.assert_refused_by_all("r.db-journal", "names another file")
        self.assertTrue(os.path.exists(victim))
        os.unlink(self.r + "-journal")
        self.assertEqual(self.assert_readable(), 1)

    def test_journals_that_are_no_files(self):
        os.symlink("r.db", self.r + "-journal")
        self.assert_refused_by_all("r.db-journal", "not a regular file")
        os.unlink(self.r + "-journal")
        os.mkfifo(self.r + "-wal")
        self.assert_refused_by_all("r.db-wal", "not a regular file")

    @unittest.skipUnless(ROOT, "only root can give files away")
    def test_journals_of_others(self):
        for suffix in ("-journal", "-wal"):
            with open(self.r + suffix, "wb") as file:
                file.write(JOURNAL_MAGIC + bytes(512))
            os.chown(self.r + suffix, NOBODY, NOBODY)
            self.assert_refused_by_all("r.db" + suffix, "belongs to another user")
            os.unlink(self.r + suffix)

    def test_a_journal_without_a_report(self):
        for suffix in ("-journal", "-wal", "-shm"):
            with open(self.path("new.db" + suffix), "wb") as file:
                file.write(b"anything")
            self.assert_refused(self.add(report="new.db"), "new.db" + suffix)
            os.unlink(self.path("new.db" + suffix))
        self.assertEqual(self.names(), ["r.db"])

    def test_random_journals(self):
        """Whatever stands there: a report, or a sentence; and the report itself is untouched."""
        chance = random.Random(1)
        for i in range(40):
            content = chance.randbytes(chance.randrange(1, 20000))
            if i % 2:
                content = JOURNAL_MAGIC + content
            for suffix in ("-journal", "-wal"):
                with open(self.r + suffix, "wb") as file:
                    file.write(content)
                result = self.report("show", "r.db")
                self.assertIn(result.returncode, (NOTHING_FOUND, FOUND, TROUBLE, INCOMPLETE))
                self.assertEqual(self.content("r.db"), self.before)
                os.unlink(self.r + suffix)


class MidWrite(FileTest):
    """Reports that were changed in place by a program that was killed."""

    def setUp(self):
        super().setUp()
        self.add()
        self.before = self.report("export", "r.db").stdout

    def test_a_rollback_is_read_and_ended(self):
        self.die_in_mid_write("delete")
        self.assertIn("r.db-journal", self.names())
        self.assertNotEqual(self.content("r.db"), b"")
        self.assertEqual(self.report("export", "r.db").stdout, self.before)
        self.assertEqual(self.assert_readable(), 1)
        # Reading has changed nothing; adding ends it.
        self.assertIn("r.db-journal", self.names())
        self.assertEqual(self.add().returncode, FOUND)
        self.assert_consistent(self.r)
        self.assertEqual(self.assert_readable(), 2)

    @unittest.skipUnless(ROOT, "root becomes somebody else for this")
    def test_a_rollback_is_read_without_the_right_to_write(self):
        self.die_in_mid_write("delete")
        for name in ("r.db", "r.db-journal"):
            os.chmod(self.path(name), 0o444)
        os.chmod(self.directory, 0o555)
        result = self.report("export", "r.db", user=NOBODY)
        os.chmod(self.directory, 0o755)
        self.assertEqual(result.stdout, self.before, result.stderr)

    def test_a_log_is_read_and_folded_in(self):
        self.die_in_mid_write("wal")
        self.assertEqual(self.names(), ["r.db", "r.db-shm", "r.db-wal"])
        run = parse(self.report("export", "r.db").stdout)["runs"][0]
        self.assertEqual(run["target"], "changed")
        self.assertEqual(self.names(), ["r.db", "r.db-shm", "r.db-wal"])
        self.assertEqual(self.add().returncode, FOUND)
        self.assert_consistent(self.r)
        self.assertEqual(self.select(self.r, "SELECT target FROM runs"),
                         [("changed",), (fixture("service"),)])

    def test_a_log_whose_index_is_cut(self):
        self.die_in_mid_write("wal")
        for length in (0, 1, 4096):
            os.truncate(self.r + "-shm", length)
            self.assertEqual(self.assert_readable(), 1)

    def test_a_log_that_is_cut(self):
        self.die_in_mid_write("wal")
        size = os.path.getsize(self.r + "-wal")
        for length in (size - 1, size // 2, 33, 32, 31, 1):
            os.truncate(self.r + "-wal", length)
            self.assertEqual(self.report("export", "r.db").returncode, 0)

    def test_a_log_in_use(self):
        with subprocess.Popen([sys.executable, "-c", STAYS_CONNECTED, self.r], text=True,
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
            other.stdout.readline()
            run = parse(self.report("export", "r.db").stdout)["runs"][0]
            self.assertEqual(run["target"], "changed")
            self.assert_refused(self.add(), "is being written by another program")
            other.communicate("")
        self.assertEqual(self.add().returncode, FOUND)
        self.assert_consistent(self.r)


class Killed(FileTest):
    """SIGKILL at any moment leaves the old report or the new one."""

    def duration_of_a_run(self):
        times = []
        for _ in range(3):
            start = time.monotonic()
            self.add()
            times.append(time.monotonic() - start)
        return max(times)

    def kill_after(self, seconds, *command):
        """True if it was killed before it had ended."""
        command = command or ("inspect", "-o", "r.db", fixture("service"))
        process = subprocess.Popen([CTXREPORT, *command],
                                   env=self.environment, cwd=self.directory,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
        return process.wait(PATIENCE) == -signal.SIGKILL

    def test_an_old_report(self):
        longest, chance, killed = self.duration_of_a_run(), random.Random(), 0
        runs = self.assert_readable()
        for _ in range(KILLS):
            # It must not grow without end.
            if runs > 12:
                os.unlink(self.r)
                self.add()
                runs = 1
            killed += self.kill_after(chance.uniform(0, longest))
            now = self.assert_readable()
            self.assertIn(now - runs, (0, 1))
            runs = now
        self.assertEqual(self.select(self.r, "PRAGMA integrity_check"), [("ok",)])
        self.assertGreater(killed, 0)
        # Between two system calls a whole report may be left under a random name, until the next.
        strays = [name for name in self.names() if name != "r.db"]
        self.assertTrue(all(name.startswith(".ctxreport-new-") for name in strays), strays)
        self.add()
        self.assertEqual(self.names(), ["r.db"])
        print(f"{killed} of {KILLS} killed, {len(strays)} were left beside", file=sys.stderr)

    def test_what_a_killed_writer_left_is_removed(self):
        left = self.path(".ctxreport-new-0123456789abcdef")
        at_work = self.path(".ctxreport-new-fedcba9876543210")
        others = [".ctxreport-0123456789abcdef", ".ctxreport-new-0123456789abcdef.db"]
        for name in [left, at_work] + [self.path(name) for name in others]:
            with open(name, "w") as file:
                file.write("x" * 10000)
        with open(at_work) as writer:
            fcntl.flock(writer, fcntl.LOCK_EX)
            self.add()
            self.assertEqual(sorted(self.names()),
                             sorted(others + ["r.db", os.path.basename(at_work)]))
        self.add()
        self.assertEqual(sorted(self.names()), sorted(others + ["r.db"]))

    def test_a_new_report(self):
        longest, chance = self.duration_of_a_run(), random.Random()
        for _ in range(KILLS // 3):
            os.unlink(self.r)
            self.kill_after(chance.uniform(0, longest))
            if os.path.exists(self.r):
                self.assertEqual(self.assert_readable(), 1)
            else:
                self.add()
                self.assertEqual(self.assert_readable(), 1)


    def test_what_is_printed(self):
        self.add()
        start = time.monotonic()
        self.report("export", "--to=e.json", "r.db")
        longest, chance = time.monotonic() - start, random.Random()
        old = self.content("e.json")
        self.add()
        self.report("export", "--to=new.json", "r.db")
        new = self.content("new.json")
        self.assertNotEqual(old, new)
        for _ in range(KILLS // 3):
            with open(self.path("e.json"), "wb") as file:
                file.write(old)
            self.kill_after(chance.uniform(0, longest), "export", "--to=e.json", "r.db")
            self.assertIn(self.content("e.json"), (old, new))


class Full(FileTest):
    """A disk that is full: a small file system, and a limit on the size of files."""

    def test_a_small_file_system(self):
        script = ('mount -t tmpfs -o size=1500k none small && cd small && '
                  '"$0" inspect -o r.db "$1"; "$0" export --to=e.json r.db; '
                  'cp r.db before; cp e.json e.before; head -c 2000k /dev/zero >filler; '
                  '"$0" inspect -o r.db "$1"; "$0" export --to=e.json r.db; '
                  'cmp r.db before && cmp e.json e.before && ls -A && "$0" show r.db')
        os.mkdir(self.path("small"))
        result = subprocess.run(["unshare", "-rm", "sh", "-c", script, CTXREPORT, fixture("clean")],
                                env=self.environment, cwd=self.directory, text=True, check=False,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=PATIENCE)
        if "unshare" in result.stderr or "mount:" in result.stderr:
            self.skipTest(result.stderr)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(result.stderr.count("No space left") + result.stderr.count("disk is full"),
                         3, result.stderr)
        self.assertIn("before\ne.before\ne.json\nfiller\nr.db\n", result.stdout)

    def test_printing_leaves_what_was_there(self):
        self.add()
        self.report("export", "--to=e.json", "r.db")
        before = self.content("e.json")

        def set_limit():
            resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) // 2,) * 2)
        for command in (("export", "r.db"), ("show", "--json", "r.db")):
            for to in ("e.json", "new.json"):
                result = self.report(*command, "--to", to, preexec_fn=set_limit)
                if command[0] == "export":
                    self.assert_refused(result, "could not be written to " + to)
        self.assertEqual(self.report("export", "--to=e.json", "r.db").returncode, 0)
        self.assertEqual(self.content("e.json"), before)
        self.assertNotIn(".ctxreport", " ".join(self.names()))


class Watched(FileTest):
    """A report that is taken away while a watch writes to it."""

    def watch_and(self, change):
        with subprocess.Popen([CTXREPORT, "inspect", "--watch=100ms", "--count=30", "-o", "r.db",
                               fixture("clean")], env=self.environment, cwd=self.directory,
                              text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as watch:
            watch.stderr.readline()
            change()
            _, errors = watch.communicate(timeout=PATIENCE)
            return watch.returncode, errors

    def test_deleted(self):
        status, _ = self.watch_and(lambda: os.unlink(self.r))
        self.assertEqual(status, NOTHING_FOUND)
        self.assertEqual(self.select(self.r, "SELECT count(*) FROM samples"), [(30,)])

    def test_replaced_by_another(self):
        self.add("service", "other.db")
        before = self.content("other.db")

        def replace():
            shutil.copy(self.path("other.db"), self.path("copy.db"))
            os.rename(self.path("copy.db"), self.r)
        status, errors = self.watch_and(replace)
        self.assertEqual(status, TROUBLE)
        self.assertIn("was replaced by another report", errors)
        self.assertEqual(self.content("r.db"), before)


if __name__ == "__main__":
    unittest.main(verbosity=2)
