#!/usr/bin/env python3
"""What earlier releases wrote: read, or refused with the sentence that says what to do.

tests/specimens has a file of each kind and version, as that release wrote it: whoever raises a
version leaves one of the version before there, and says below what becomes of it. A specimen is
kept as small as it gets: a segment with CTXTRACE_CONTEXTS=1024, CTXTRACE_TASKS=64 and
CTXTRACE_EVENTS=16, whose program was killed, compressed; a report as SQL, with its PRAGMAs.
"""

import bz2
import os
import re
import shutil
import sqlite3
import struct
import subprocess
import unittest

from ctxreport_test import FOUND, PATIENCE, ReportTest, fixture, parse

SOURCE = os.environ["CTXTRACE_SOURCE"]
CTXTOP = os.environ["CTXTOP"]
SPECIMENS = os.path.join(SOURCE, "tests", "specimens")
BLOCK = 1 << 16


def version_now(header, name):
    with open(os.path.join(SOURCE, header), encoding="utf-8") as file:
        return int(re.search(rf"\b{name}\s*=?\s*(\d+)", file.read()).group(1))


class UpgradeTest(ReportTest):
    def segment(self, version):
        """Unpacked, with the holes that it had."""
        path = self.path("old.ctxt")
        name = f"segment_version_{version}.ctxt.bz2"
        with bz2.open(os.path.join(SPECIMENS, name)) as packed, open(path, "wb") as file:
            while block := packed.read(BLOCK):
                if block.strip(b"\0"):
                    file.write(block)
                else:
                    file.seek(len(block), os.SEEK_CUR)
            file.truncate()
        os.chmod(path, 0o600)
        return path

    def old_report(self, version):
        path = self.path("old.db")
        name = f"report_version_{version}.sql"
        with open(os.path.join(SPECIMENS, name), encoding="utf-8") as file:
            database = sqlite3.connect(path)
            database.executescript(file.read())
            database.close()
        return path

    def content(self, path):
        with open(path, "rb") as file:
            return file.read()

    def all_readers(self):
        """Every way in which a report is read, or added to."""
        self.report("inspect", "-o", "new.db", fixture("service"))
        return (("inspect", "--baseline=old.db", fixture("service")),
                ("run", "--baseline=old.db", "--", "true"),
                ("diff", "old.db", "new.db"), ("diff", "new.db", "old.db"), ("show", "old.db"),
                ("export", "old.db"), ("inspect", "-o", "old.db", fixture("service")),
                ("run", "-o", "old.db", "--", "true"))


class Specimens(UpgradeTest):
    def test_there_is_one_of_each_version(self):
        kinds = ((version_now("libctxtrace/segment/format.h", "SEGMENT_VERSION"),
                  "segment_version_%d.ctxt.bz2"),
                 (version_now("ctxreport/store.h", "STORE_VERSION"), "report_version_%d.sql"))
        expected = {pattern % version for now, pattern in kinds for version in range(1, now)}
        self.assertEqual(set(os.listdir(SPECIMENS)), expected)


class Segments(UpgradeTest):
    def test_version_1_is_read(self):
        path = self.segment(1)
        before = self.content(path)
        result = self.report("inspect", "--json", "--min-age=0s", "-o", "r.db", path)
        self.assertEqual(result.returncode, FOUND, result.stderr)
        program = parse(result.stdout)["runs"][0]["programs"][0]
        self.assertEqual([program[key] for key in ("executable", "version", "state", "exited",
                                                   "context_count", "open_context_count",
                                                   "contexts_created", "task_count", "complete")],
                         ["/srv/orders/bin/orders", "segment format 1", "dead", False, 130, 130,
                          257, 1, True])
        [finding] = [item for item in program["findings"] if item["rule"] == "lost-cancel"]
        self.assertEqual((finding["confidence"], finding["count"]), ("proved", 128))
        self.assertEqual(self.report("show", "r.db").returncode, FOUND)
        # Nothing is written into it: it has no room for witnesses.
        self.assertEqual(self.content(path), before)

    def test_version_1_is_watched_and_listed(self):
        path = self.segment(1)
        seen = subprocess.run([CTXTOP, "--json", path], env=self.environment, text=True,
                              capture_output=True, check=False, timeout=PATIENCE)
        self.assertEqual(seen.returncode, 0, seen.stderr)
        self.assertIn("/srv/orders/bin/orders", seen.stdout)
        shutil.copy(path, os.path.join(self.segments, "11182-1-0.ctxt"))
        [item] = [item for item in parse(self.report("list", "--json").stdout)["targets"]
                  if item["state"] == "dead"]
        self.assertEqual((item["state"], item["contexts"]), ("dead", 130))

    def test_a_later_one_is_refused(self):
        path = self.segment(1)
        with open(path, "r+b") as file:
            file.seek(8)
            file.write(struct.pack("<I", 1000))
        before = self.content(path)
        self.assert_refused(self.report("inspect", path), "version 1000", "use the ctxtrace that")
        self.assertEqual(self.content(path), before)


class Reports(UpgradeTest):
    def test_earlier_versions_are_refused_in_one_sentence(self):
        for version in range(1, version_now("ctxreport/store.h", "STORE_VERSION")):
            before = self.content(self.old_report(version))
            for command in self.all_readers():
                self.assert_refused(self.report(*command), f"version {version}",
                                    "make a new report", "with the ctxreport that wrote it")
                self.assertEqual(self.content(self.path("old.db")), before)
            os.unlink(self.path("old.db"))

    def test_fingerprints_of_another_version_are_not_compared(self):
        """A report that is read as ever, and whose findings would all be new or gone."""
        self.report("inspect", "-o", "old.db", fixture("service"))
        database = sqlite3.connect(self.path("old.db"))
        database.execute("UPDATE runs SET fingerprint_version = 1")
        database.commit()
        database.close()
        for command in self.all_readers():
            result = self.report(*command)
            if command[0] == "diff" or command[1].startswith("--baseline"):
                self.assert_refused(result, "fingerprints of version 1", "make a new report")
            else:
                self.assertNotEqual(result.returncode, 2, result.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
