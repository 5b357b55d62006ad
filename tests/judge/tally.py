"""Counts, by fact and by way of holding, and what was wrong with an example."""

from collections import Counter, defaultdict

RIGHT, UNKNOWN, NAMED, ABSENT, WRONG, GHOST = OUTCOMES = (
    "right", "unknown", "named", "absent", "wrong", "ghost")
# named: absent, and the report says that it is, or where it did not search.


class Tally:
    def __init__(self):
        self.facts = defaultdict(Counter)
        self.ways = defaultdict(Counter)
        self.kinds = Counter()  # of what is wrong, absent or a ghost: (outcome, fact, way, made)
        self.examples = {}

    def count(self, outcome, fact, way, made, example=""):
        self.facts[fact][outcome] += 1
        if fact == "found":
            self.ways[way][outcome] += 1
        if outcome in (ABSENT, WRONG, GHOST):
            key = (outcome, fact, way, made)
            self.kinds[key] += 1
            self.examples.setdefault(key, example)

    def add(self, other):
        for mine, theirs in ((self.facts, other.facts), (self.ways, other.ways)):
            for name, counts in theirs.items():
                mine[name].update(counts)
        self.kinds.update(other.kinds)
        for key, example in other.examples.items():
            self.examples.setdefault(key, example)

    def total(self, outcome):
        return sum(count for key, count in self.kinds.items() if key[0] == outcome)


def table_of(title, counters):
    width = max([len(title)] + [len(name) for name in counters])
    lines = [f"| {title:{width}} |" + "".join(f" {name:>7} |" for name in OUTCOMES),
             f"|{'-' * (width + 2)}|" + f"{'-' * 9}|" * len(OUTCOMES)]
    for name in sorted(counters):
        lines.append(f"| {name:{width}} |" +
                     "".join(f" {counters[name][outcome]:7} |" for outcome in OUTCOMES))
    return "\n".join(lines)
