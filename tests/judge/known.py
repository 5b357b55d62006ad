"""What the reader is known to get wrong, or not to find. These lists only become shorter."""

# Ways of holding of which contexts can be absent.
ABSENT_WAYS = {
    # What holds them is larger than what is searched.
    "any in a large map", "any in a large slice", "channel", "channel of any", "huge slice",
    "key of a map of 3", "key of a map of 70", "large array", "large slice", "large struct",
    # They are held as another interface, or as none.
    "any as a key", "any in a small map", "any in a small slice", "atomic.Value", "container/list",
    "fmt.Stringer", "interface of Deadline", "interface of Done", "interface of Err",
    "interface of the program", "plain pointer", "reflect.Value", "sync.Map",
    # Their child embeds a pointer to them, or a wider interface; or it is absent itself.
    "child", "local",
}

# Ways of making, for contexts that are inside of something larger: an array, a struct, the block
# that the smallest objects share.
ABSENT_KINDS = {"inside-struct", "inside-array", "root"}

# Facts, or facts of one way of making.
WRONG_FACTS = {
    # A parent that is not found is taken for none, and so is what would come from it.
    "depth", "deadline", "state", "cause", "ended by",
    # A watcher of package context is taken for one that could cancel.
    "cancellable",
    # Told by the size of the object.
    ("kind", "after-func"), ("type", "after-func"),
    # Rounded.
    "value",
}


def is_known(outcome, fact, way, made):
    if outcome == "absent":
        return way in ABSENT_WAYS or made in ABSENT_KINDS
    return outcome == "wrong" and (fact in WRONG_FACTS or (fact, made) in WRONG_FACTS)
