"""Compares what is told of contexts with what the program knows of them."""

import re

from forests import unmasked
from tally import ABSENT, GHOST, NAMED, RIGHT, UNKNOWN, WRONG

KINDS = {"*context.cancelCtx": "cancel", "*context.timerCtx": "deadline",
         "*context.valueCtx": "value", "*context.afterFuncCtx": "after-func",
         "context.withoutCancelCtx": "without-cancel"}
ROOTS = ("background", "todo")
FACTS = ("kind", "type", "parent", "depth", "state", "ended by", "cause", "deadline", "key",
         "value", "cancellable", "held only by parent")
# What takes something for more alive than it is. The other way round is worse.
MISSES = {"cancellable": "yes", "held only by parent": "no"}
DEADLINE_SLACK = 50_000_000  # between the clocks: the reader computes their distance
LATEST = (1 << 63) - 2  # stands for all moments that are later than can be told
# The compiler knows the type that a local is of, and keeps the pointer only.
TYPED_POINTERS = ("plain pointer", "on a stack", "local", "cancel function", "cancel function in a large map",
                  "cancel function of a group")
# The compiler can keep the words of an interface apart, and these look like other objects.
WITHOUT_CORE = ("*context.valueCtx", "context.withoutCancelCtx")
ONLY_PARENT = ("children of its parent", "many children of its parent")


class Expected:
    """One row of the truth, and what may be told of it. Each fact gives an outcome or None."""

    def __init__(self, row, said, told):
        self.row, self.said, self.told = row, said, told

    def equal(self, told, *truths):
        return RIGHT if told in truths else WRONG

    def kind(self):
        return self.equal(self.told["kind"], KINDS.get(self.row["type"], "custom"))

    def type(self):
        return self.equal(self.told["type"], self.row["type"])

    def parent(self):
        told = self.said.by_id.get(self.told["parent_id"])
        if not self.row["parent"]:
            return self.equal(told, None)
        if self.row["parent"] == "single:*":
            return None
        if told is None:
            return UNKNOWN
        if self.row["parent"].startswith("single:"):
            type_name = self.row["parent"][len("single:"):]
            return self.equal(told["type"], type_name)
        return self.equal(told["address"], unmasked(self.row["parent"]))

    def depth(self):
        told, true = self.told["depth"], self.row["depth"]
        if self.told["depth_at_least"]:
            return UNKNOWN if told <= true else WRONG
        return self.equal(told, true)

    def state(self):
        told = self.told["state"]
        if told in (None, "unknown"):
            return UNKNOWN
        if self.row["state"] == "other":  # neither of package context's errors: it has ended
            return self.equal(told, "canceled", "other")
        return self.equal(told, self.row["state"])

    def ended_by(self):
        if self.row["state"] == "open" or not self.row["by"]:
            return None  # that is the fact "state"; or the program does not know either
        told = self.told["ended_by"]
        if told in (None, "unknown"):
            return UNKNOWN
        # One that embeds the context that it cancels ends with that.
        embeds_it = self.row["made"] == "signal" and self.row["by"] == "own-cancel"
        return self.equal(told, self.row["by"], *(("parent",) if embeds_it else ()))

    def cause(self):
        if self.row["state"] == "open":
            return RIGHT if not self.told["cause"] else WRONG
        told = self.told["cause"]
        # A type alone, or with a part of what it holds: Error() was not called.
        if not told or (re.match(r"\*?[\w/.]+\.\w+(\(|$)", told) and told not in self.row["causes"]):
            return UNKNOWN
        return self.equal(told, *self.row["causes"])

    def deadline(self):
        told = self.told["deadline_ns"]
        if not self.told["deadline_known"]:
            return UNKNOWN
        if told is not None and self.said.program["realtime_offset_ns"] is None:
            return UNKNOWN
        if self.row["later"]:
            return self.equal(told, LATEST)
        if self.row["deadline"] is None or told is None:
            return self.equal(told, self.row["deadline"])
        return RIGHT if abs(told - self.row["deadline"]) <= DEADLINE_SLACK else WRONG

    def key(self):
        if not self.row["key_type"]:
            return None
        return compare_text(self.told["key"], self.row["key_type"], self.row["key"])

    def value(self):
        if not self.row["key_type"]:
            return None
        plain = self.row["value"] if self.said.shows_values else ""
        return compare_text(self.told["value"], self.row["value_type"], plain)

    def cancellable(self):
        told = self.told["cancellable"]
        if self.row["state"] != "open" or self.row["alive"] != "yes" or \
                self.row["made"] == "inside-signal" or self.row["cancel"] not in ("held", "lost"):
            return None
        if told == "unknown":
            return UNKNOWN
        return self.equal(told, "yes" if self.row["cancel"] == "held" else "no")

    def held_only_by_parent(self):
        told = self.told["held_only_by_parent"]
        # A goroutine that nothing can wake holds nothing.
        if self.row["state"] != "open" or self.row["alive"] != "yes" or \
                self.row["way"].startswith("frame of"):
            return None
        if told == "unknown":
            return UNKNOWN
        # Who has a deadline is held by its timer, too.
        only = self.row["way"] in ONLY_PARENT and self.row["type"] != "*context.timerCtx"
        return self.equal(told, "yes" if only else "no")


def compare_text(told, type_name, plain):
    """Of keys and values: TYPE, TYPE(TEXT), "TEXT" of a string, nil."""
    if not told:
        return UNKNOWN
    if type_name == "<nil>":
        return RIGHT if told == "nil" else WRONG
    match = re.fullmatch(r'(?s)(.*?)(?:\((.*)\))?', told)
    if told.startswith('"'):
        named, text = "string", told
    else:
        named, text = match.group(1), match.group(2)
    if named != type_name:
        return WRONG
    if text is None:
        return UNKNOWN if plain else RIGHT
    if text == plain or text.strip('"') == plain:
        return RIGHT
    if type_name.startswith("float") and plain:
        return RIGHT if float(text) == float(plain) else WRONG
    return RIGHT if not plain else WRONG


def is_named(row, said):
    """Is it missing as the report says? It counts children that it did not find, and ended ones."""
    if row["state"] != "open" and said.program["contexts_unheld"]:
        return True
    if row["way"] in TYPED_POINTERS and not KINDS.get(row["type"]):
        return any(loss["what"] == "types of contexts" for loss in said.losses)
    if row["way"] == "local" and row["type"] in WITHOUT_CORE:
        return any(loss["what"] == "objects that may be contexts" for loss in said.losses)
    return row["way"] in ONLY_PARENT and bool(said.program["contexts_missing"])


def judge_context(tally, row, told, said, way_of_look):
    place = row["way"], row["made"]
    if told is None:
        if row["alive"] == "yes":
            outcome = NAMED if is_named(row, said) else ABSENT
            tally.count(outcome, "found", *place, f"{row['type']} at {row['address']:#x}")
        return
    if row["alive"] == "no":
        tally.count(GHOST, "found", *place,
                    f"{told['type']} at {row['address']:#x} is garbage ({way_of_look})")
        return
    if row["alive"] == "unclear" and told["type"] != row["type"]:
        return  # its memory may be something else by now
    tally.count(RIGHT, "found", *place)
    expected = Expected(row, said, told)
    for fact in FACTS:
        outcome = getattr(expected, fact.replace(" ", "_"))()
        if outcome == WRONG and fact in MISSES and told[fact.replace(" ", "_")] == MISSES[fact]:
            fact = "missed: " + fact
        if outcome:
            tally.count(outcome, fact, *place,
                        f"{row['address']:#x}: told {brief(told)}; true is {brief(row)}")


def brief(row):
    left_out = ("id", "program_id", "number", "at", "born_ended", "losing_cancels")
    return ", ".join(f"{key}={value}" for key, value in row.items()
                     if value not in (None, "", False) and key not in left_out)


def judge_contexts(tally, truth, said, way_of_look):
    told = {row["address"]: row for row in said.contexts}
    # Memory is used again: of the contexts that were at one address, the last one counts.
    last = {row["address"]: row["number"] for row in truth.contexts}
    known, singles = set(), set()
    for row in truth.contexts:
        known.add(row["address"])
        if row["single"] or row["made"] in ROOTS:
            singles.add(row["type"])
        elif last[row["address"]] == row["number"]:
            judge_context(tally, row, told.get(row["address"]), said, way_of_look)
    for row in said.contexts:
        if row["address"] not in known and row["type"] not in singles and row["kind"] not in ROOTS:
            tally.count(GHOST, "found", "none", row["type"], brief(row))
