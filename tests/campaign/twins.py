"""Sick twins: programs with planted defects, looked at once when a campaign begins.

Silence is worth nothing from a detector that has gone blind: each source of snapshots, alive and
dead, has to name its planted defect before the looks at clean programs count.
"""

import contextlib
import itertools

from builds import CannotRun, executable_of
from looks import WAYS
from shapes import Row, Shape
from target import Trouble

# What is planted in tests/programs and tests/programs/go, and how it is looked at.
TWINS = [
    (Row("library", "lost_cancel_planted"), "live", "lost-cancel"),
    (Row("library", "lost_cancel_planted"), "kill", "lost-cancel"),
    (Row("library", "leaked_task_planted"), "exit", "leaked-task"),
    (Row("library", "unreleased_timeout_planted"), "live", "unreleased-timeout"),
    (Row("library", "fat_context_planted"), "kill", "fat-context"),
    (Row("library", "leaked_task_planted"), "live", "leaked-task"),
    (Row("library", "leaked_task_planted"), "kill", "leaked-task"),
    (Row("library", "never_cancelled_wait_planted"), "live", "never-cancelled-wait"),
    (Row("library", "deadlock_planted"), "live", "deadlock"),
    (Row("library", "deadlock_planted"), "kill", "deadlock"),
    (Row("preload", "preload_deadlock"), "live", "deadlock"),
    (Row("preload", "preload_deadlock"), "kill", "deadlock"),
    (Row("go", "leaks"), "live", "leaked-task"),
    (Row("go", "leaks"), "live", "lost-cancel"),
    (Row("go", "leaks"), "core", "leaked-task"),
    (Row("go", "leaks"), "core", "lost-cancel"),
]


def finds(tools, row, way, rule):
    """Whether a look that judges all ages proves what is planted."""
    shape = Shape(**vars(row), way=way, load="quiet", release="go" if row.kind == "go" else "")
    executable = executable_of(tools, shape)
    for number in itertools.count():
        # The ways alternate between two kinds of looks: one of two is of the kind that is wanted.
        with contextlib.closing(WAYS[way](shape, tools, executable, 0, lambda: True)) as looks:
            for look in looks:
                if look.young:
                    return look.report is not None and any(
                        finding["rule"] == rule and finding["confidence"] == "proved"
                        for program in look.programs for finding in program["findings"])
        if number > 4:
            raise Trouble("there was no look")


def blind(tools, wanted):
    """Sentences about planted defects that are not found, and about what could not be run."""
    missed, not_run = [], []
    for row, way, rule in TWINS:
        name = f"{row.kind}/{row.program}/{way}"
        if not wanted(row):
            continue
        try:
            if not finds(tools, row, way, rule):
                missed.append(f"{name}: {rule} is not proved")
        except CannotRun as reason:
            not_run.append(f"{name}: {reason}")
        except Trouble as trouble:
            missed.append(f"{name}: {trouble}")
    return missed, not_run
