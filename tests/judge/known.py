"""What the reader is known to get wrong, or not to find. These lists only become shorter."""

# Facts, or facts of one way of making.
WRONG_FACTS = {
    # A parent that is not found is taken for none, and so is what would come from it.
    "depth", "deadline", "state", "cause", "ended by",
    # A watcher of package context is taken for one that could cancel.
    "cancellable",
    # Rounded.
    "value",
}


def is_known(outcome, fact, _way, made):
    return outcome == "wrong" and (fact in WRONG_FACTS or (fact, made) in WRONG_FACTS)
