"""What the reader is known to get wrong. This list only becomes shorter."""

# Facts, or facts of one way of making.
WRONG_FACTS = {
    # What is below a context of the program's own, and is watched by a goroutine of package context.
    "missed: cancellable",
    # Where a stack is searched word by word, what lies there by chance is taken for alive.
    "missed: wakeable", "missed: wakeable without parent", "missed: signalable",
    "missed: held only by parent",
}


def is_known(outcome, fact, _, made):
    return outcome == "wrong" and (fact in WRONG_FACTS or (fact, made) in WRONG_FACTS)


# How much of a fact is right at least, in any look, of what is right or unknown: what is not known
# is never wrong, and would not be missed.
LEAST_RIGHT = {"found": 0.98, "state": 0.6, "deadline": 0.6, "depth": 0.6, "parent": 0.9,
               "works under": 0.6}


def too_unknown(facts):
    """The facts that are known too seldom: their names, and the share that is right."""
    for fact, least in LEAST_RIGHT.items():
        right, unknown = facts[fact]["right"], facts[fact]["unknown"]
        if right < least * (right + unknown):
            yield fact, right / (right + unknown)
