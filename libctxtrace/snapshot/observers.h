/* Which contexts that lost their owners may get a new one; for snapshot/facts.c. */
#ifndef CTXTRACE_SNAPSHOT_OBSERVERS_H
#define CTXTRACE_SNAPSHOT_OBSERVERS_H

#include "snapshot/builder_state.h"

struct observing {
    const struct fact *wakeable, *wakeable_without_parent; /* of each task, as far as known */
    uint32_t *known;                                       /* room for a number of each context */
};

/*
 * Among contexts that were assumed to be beyond cancelling, those whose observers can go on, or are
 * not known, become unknown; with `all`, every one does. Returns whether any did.
 */
bool doubt_observed_contexts(struct tables *tables, const struct observing *observing, bool all);

#endif
