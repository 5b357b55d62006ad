"""What the reader is known to get wrong, or not to find. These lists only become shorter."""

# Ways of holding of which contexts can be absent.
ABSENT_WAYS = {
    # The compiler put the two words of an interface apart, or the second first.
    "local",
}

# Ghosts, by type: one in 3,000, with Go 1.20 and with noallocheaders; it has ended. Why is not known:
# perhaps one that the program does not count lies where one was that it does.
GHOSTS = {"*context.cancelCtx"}

# Facts, or facts of one way of making.
WRONG_FACTS = {
    # What is below a context of the program's own, and is watched by a goroutine of package context.
    "missed: cancellable",
    # Where a stack is searched word by word, what lies there by chance is taken for alive.
    "missed: wakeable", "missed: wakeable without parent", "missed: signalable",
    "missed: held only by parent",
}


def is_known(outcome, fact, way, made):
    if outcome == "absent":
        return way in ABSENT_WAYS
    if outcome == "ghost":
        return made in GHOSTS
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
