"""What the reader is known to get wrong, or not to find. These lists only become shorter."""

# Facts, or facts of one way of making.
WRONG_FACTS = {
    # A parent that is not found is taken for none, and so is what would come from it.
    "depth", "deadline", "state", "cause", "ended by",
    # A watcher of package context is taken for one that could cancel.
    "missed: cancellable",
    # Rounded.
    "value",
    # Of the timers of Go 1.22 and before, and of programs that ask for these.
    ("gives up", "timer"), ("gives up", "timer in a select"), ("gives up", "ticker"),
    # Where a stack is searched word by word, what lies there by chance is taken for alive.
    "missed: wakeable", "missed: wakeable without parent", "missed: held only by parent",
    # Those of their semaphore and list.
    ("object's address", "wait group"), ("object's address", "condition"),
}


def is_known(outcome, fact, _way, made):
    return outcome == "wrong" and (fact in WRONG_FACTS or (fact, made) in WRONG_FACTS)
