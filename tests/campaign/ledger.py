"""What was looked at: one row for each look, on disk before the next begins.

A campaign can end at any moment, killed or not, and goes on where it was: a look either has its row
or did not take place. Rows belong to the version of the tree that was looked at; those of another
version stay, and are not counted.
"""

import sqlite3
import time

SCHEMA = """
CREATE TABLE IF NOT EXISTS looks (
    id       INTEGER PRIMARY KEY,
    version  TEXT NOT NULL,
    shape    TEXT NOT NULL,
    at       TEXT NOT NULL,
    false    INTEGER NOT NULL,  -- 1: something was claimed that is not so
    claims   TEXT,              -- what
    evidence TEXT               -- the directory with all of it
);
CREATE INDEX IF NOT EXISTS looks_of_shape ON looks (version, shape, false);
CREATE TABLE IF NOT EXISTS not_run (
    version TEXT NOT NULL,
    shape   TEXT NOT NULL,
    reason  TEXT NOT NULL,
    UNIQUE (version, shape) ON CONFLICT REPLACE
);
"""


class Ledger:
    def __init__(self, path, version):
        self.version = version
        self.database = sqlite3.connect(path, isolation_level=None, timeout=60)
        self.database.executescript(SCHEMA)

    def add(self, shape, claims, evidence):
        """Writes down one look, and that the shape can be looked at."""
        self.database.execute(
            "INSERT INTO looks (version, shape, at, false, claims, evidence)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (self.version, shape, time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
             1 if claims else 0, "\n".join(claims) or None, evidence))
        self.database.execute("DELETE FROM not_run WHERE version = ? AND shape = ?",
                              (self.version, shape))

    def could_not_run(self, shape, reason):
        self.database.execute("INSERT INTO not_run VALUES (?, ?, ?)",
                              (self.version, shape, reason))

    def counts(self):
        """Shape: (looks, false ones)."""
        return {shape: (looks, false) for shape, looks, false in self.database.execute(
            "SELECT shape, count(*), sum(false) FROM looks WHERE version = ? GROUP BY shape",
            (self.version,))}

    def not_run(self):
        """Shape: why it could not be run."""
        return dict(self.database.execute(
            "SELECT shape, reason FROM not_run WHERE version = ?", (self.version,)))

    def false_claims(self):
        """(shape, first line of what was claimed, how often, evidence of one)."""
        return self.database.execute(
            "SELECT shape, substr(claims, 1, instr(claims || char(10), char(10)) - 1) AS first,"
            " count(*), min(evidence) FROM looks WHERE version = ? AND false"
            " GROUP BY shape ORDER BY shape", (self.version,)).fetchall()
