/* The ways in which one wait can end, for snapshot/facts.c. */
#ifndef CTXTRACE_SNAPSHOT_OUTLOOK_H
#define CTXTRACE_SNAPSHOT_OUTLOOK_H

#include "snapshot/builder_state.h"

/* Either a fact, or a reference to that of another task: `task` is then not SNAPSHOT_NONE. */
struct outlook {
    struct fact fact;
    uint32_t task;
};

/*
 * The wait ends by itself, with what bounds it, or with its object. `signalable` is what is taken
 * for true of each object; `without_parent`: the end of a context by a parent does not count.
 */
struct outlook outlook_of_wait(const struct tables *tables, const struct snapshot_wait *wait,
                               const struct fact *signalable, bool without_parent);

/* YES if one of them is, else UNKNOWN if one of them is. */
struct fact better_fact(struct fact a, struct fact b);

#endif
