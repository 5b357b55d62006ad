"""What ctxreport says of a program, as rows of its report."""

import os
import sqlite3
import subprocess
from dataclasses import dataclass, field

LOOK_SECONDS = 300
TROUBLE = 2

# The ways to look.
WAYS = {
    "no stop": ("--no-stop",),
    "proofs": ("--max-pause=10s", "--min-age=0s", "--show-values"),
    "core": ("--show-values",),
}


@dataclass
class Said:
    program: dict
    contexts: list
    tasks: list
    waits: list
    objects: dict
    losses: list
    findings: list = field(default_factory=list)
    shows_values: bool = False

    def context_of(self, identity):
        return self.by_id.get(identity)

    def __post_init__(self):
        self.by_id = {row["id"]: row for row in self.contexts}


def rows(connection, query, *arguments):
    return [dict(row) for row in connection.execute(query, arguments)]


def read_report(path):
    connection = sqlite3.connect(path)
    connection.row_factory = sqlite3.Row
    try:
        program = rows(connection, "SELECT * FROM programs ORDER BY id")[0]
        findings = rows(connection, "SELECT * FROM findings ORDER BY id")
        for finding in findings:
            finding["subjects"] = rows(
                connection, "SELECT * FROM finding_subjects WHERE finding_id = ?", finding["id"])
        return Said(program, rows(connection, "SELECT * FROM contexts"),
                    rows(connection, "SELECT * FROM tasks"),
                    rows(connection, "SELECT * FROM waits ORDER BY id"),
                    {row["id"]: row for row in rows(connection, "SELECT * FROM objects")},
                    rows(connection, "SELECT * FROM losses"), findings)
    finally:
        connection.close()


def look(ctxreport, target, way, report):
    """Raises RuntimeError if there is no report."""
    if os.path.exists(report):
        os.unlink(report)
    options = WAYS[way]
    done = subprocess.run([ctxreport, "inspect", *options, "-o", report, str(target)], text=True,
                          stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False,
                          timeout=LOOK_SECONDS)
    if done.returncode == TROUBLE or not os.path.exists(report):
        raise RuntimeError(f"no look ({done.returncode}): {done.stderr.strip()[-500:]}")
    said = read_report(report)
    said.shows_values = "--show-values" in options
    return said
