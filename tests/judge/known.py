"""What the reader is known to get wrong, or not to find. These lists only become shorter."""

# Ways of holding of which contexts can be absent.
ABSENT_WAYS = {
    # The context itself lies in a frame: it does not escape.
    "on a stack",
    # The compiler put the two words of an interface apart, or the second first.
    "local",
}

# Facts, or facts of one way of making.
WRONG_FACTS = {
    # A watcher of package context is taken for one that could cancel.
    "missed: cancellable",
    # What is left of an interface, in a frame, leads to what is another object by now: one of a type
    # that is a single pointer passes for anything (main.byPointer), and what has nil where the key of
    # a *context.valueCtx is passes for that (*main.own).
    "kind", "type", "key",
    # Where a stack is searched word by word, what lies there by chance is taken for alive.
    "missed: wakeable", "missed: wakeable without parent", "missed: held only by parent",
}


def is_known(outcome, fact, way, made):
    if outcome == "absent":
        return way in ABSENT_WAYS
    return outcome == "wrong" and (fact in WRONG_FACTS or (fact, made) in WRONG_FACTS)
