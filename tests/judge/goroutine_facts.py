"""Compares what is told of goroutines and their waits with what the program knows of them."""

from forests import unmasked
from tally import ABSENT, RIGHT, UNKNOWN, WRONG

FACTS = ("status", "state", "locked", "thread", "object", "operation", "object's address",
         "cases of a select", "signalable", "descriptor", "waits since", "gives up", "works under",
         "wakeable", "wakeable without parent")
SINCE_SLACK = 2_000_000  # between two clocks of the program
UNTIL_SLACK = 100_000_000  # beside what lay between asking for it and waiting
OPERATIONS_OF_SELECT = ("receive", "send", "done")


class Expected:
    """One goroutine of the truth, and what may be told of it. Each fact gives an outcome or None."""

    def __init__(self, row, said, task):
        self.row, self.said, self.task = row, said, task
        self.waits = [wait for wait in said.waits if wait["task_id"] == task["id"]]
        self.objects = [said.objects[wait["object_id"]] for wait in self.waits]

    def equal(self, told, *truths):
        return RIGHT if told in truths else WRONG

    def status(self):
        return self.equal(self.task["status"], self.row["status"])

    def state(self):
        return self.equal(self.task["state"],
                          "in-syscall" if self.row["status"] == "syscall" else "waiting")

    def locked(self):
        return self.equal(bool(self.task["locked_to_thread"]), self.row["locked"])

    def thread(self):
        if not self.row["locked"]:
            return None
        return self.equal(self.task["tid"], self.row["thread"]) if self.task["tid"] else UNKNOWN

    def object(self):
        if not self.objects:
            return UNKNOWN
        return self.equal({row["kind"] for row in self.objects}, {self.row["object"]})

    def operation(self):
        if not self.waits:
            return UNKNOWN
        if not self.row["operation"]:
            return RIGHT if all(wait["operation"] in OPERATIONS_OF_SELECT
                                for wait in self.waits) else WRONG
        return self.equal({wait["operation"] for wait in self.waits}, {self.row["operation"]})

    def object_s_address(self):
        if not self.row["at"]:
            return None
        told = {row["address"] for row in self.objects}
        if self.row["object"] == "context":
            told = {self.said.by_id[row["context_id"]]["address"] for row in self.objects
                    if row["context_id"]}
        if not told or told == {None}:
            return UNKNOWN
        return self.equal(told, {unmasked(self.row["at"])})

    def cases_of_a_select(self):
        if not self.row["others"]:
            return None
        return self.equal({row["address"] for row in self.objects},
                          {unmasked(text) for text in self.row["others"]})

    def signalable(self):
        told = {row["signalable"] for row in self.objects
                if row["kind"] not in ("context", "timer", "descriptor", "syscall")}
        if not told or self.row["wakeable"] == "unclear" or told == {"unknown"}:
            return UNKNOWN if told else None
        if self.row["wakeable"] == "no":
            return self.equal(told, {"no"})
        return WRONG if "no" in told and self.row["wakeable"] == "yes" else RIGHT

    def descriptor(self):
        if self.row["descriptor"] < 0:
            return None
        told = {row["descriptor"] for row in self.objects}
        return UNKNOWN if told in (set(), {None}) else self.equal(told, {self.row["descriptor"]})

    def waits_since(self):
        told = {(wait["since_ns"], wait["since_at_least"]) for wait in self.waits}
        if not told or None in {since for since, _ in told}:
            return UNKNOWN
        since, at_least = told.pop()
        if since < self.row["after"] - SINCE_SLACK:
            return WRONG
        return RIGHT if at_least or since <= self.row["before"] + SINCE_SLACK else WRONG

    def gives_up(self):
        if self.row["object"] == "context":
            return None  # that is the context's deadline
        told = {wait["until_ns"] for wait in self.waits}
        if not all(wait["until_known"] for wait in self.waits) or not told:
            return UNKNOWN
        if self.row["until"] is None or told == {None}:
            return self.equal(told, {self.row["until"]})
        slack = UNTIL_SLACK + self.row["before"] - self.row["after"]
        return RIGHT if all(abs((until or 0) - self.row["until"]) <= slack for until in told) else WRONG

    def works_under(self):
        told = self.said.by_id.get(self.task["likely_context_id"])
        if told is None:
            return UNKNOWN if self.row["works"] else RIGHT
        return self.equal(told["address"], unmasked(self.row["works"]))

    def wakeable_as(self, told, truth):
        if self.row["wakeable"] == "unclear" or told == "unknown":
            return UNKNOWN
        return self.equal(told, truth)

    def wakeable(self):
        return self.wakeable_as(self.task["wakeable"],
                                "no" if self.row["wakeable"] == "no" else "yes")

    def wakeable_without_parent(self):
        return self.wakeable_as(self.task["wakeable_without_parent"],
                                "yes" if self.row["wakeable"] == "yes" else "no")

    def is_told_alive(self, fact):
        if fact == "signalable":
            return "yes" in {row["signalable"] for row in self.objects}
        return fact.startswith("wakeable") and self.task[fact.replace(" ", "_")] == "yes"


def brief(expected):
    told = {key: expected.task[key] for key in ("status", "wakeable", "tid", "current_context_id")}
    waits = [(wait["operation"], row["kind"], hex(row["address"] or 0), wait["since_ns"],
              wait["until_ns"]) for wait, row in zip(expected.waits, expected.objects)]
    true = {key: value for key, value in expected.row.items() if value not in (None, "", -1)}
    if expected.row["at"]:
        true["at"] = hex(unmasked(expected.row["at"]))
    return f"goroutine {expected.row['goroutine']}: told {told} {waits}; true is {true}"


def judge_goroutines(tally, truth, said):
    tasks = {task["number"]: task for task in said.tasks}
    for row in truth.goroutines:
        task = tasks.get(row["goroutine"])
        if task is None:
            tally.count(ABSENT, "goroutine", "goroutines", row["waits"])
            continue
        tally.count(RIGHT, "goroutine", "goroutines", row["waits"])
        expected = Expected(row, said, task)
        for fact in FACTS:
            outcome = getattr(expected, fact.replace(" ", "_").replace("'", "_"))()
            if outcome == WRONG and expected.is_told_alive(fact):
                fact = "missed: " + fact  # the other way round is worse
            if outcome:
                made = row["works_by"] if fact == "works under" else row["waits"]
                tally.count(outcome, fact, "goroutines", made, brief(expected))
