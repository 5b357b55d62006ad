/*
 * What belongs together when it is counted whether there is more and more of it.
 *
 * Tasks, and contexts whose creation was recorded, belong together by site. A context without a
 * creation stack (no Go program remembers one) belongs with those that are like it, and whose
 * parents, theirs, and so on are alike: kinds, types, names and keys. That survives recompiling,
 * and does not depend on which request a context was made for.
 */
#ifndef CTXTRACE_FINDINGS_GROWTH_GROUPS_H
#define CTXTRACE_FINDINGS_GROWTH_GROUPS_H

#include "snapshot/snapshot.h"

struct growth_groups {
    /* By index of the snapshot's contexts and tasks; 0: it is not counted. */
    uint64_t *contexts, *tasks;
};

/*
 * Counted are living tasks that are the program's own, and open contexts. Where garbage is
 * collected a context that nobody knows any more can be there for a while: counted are only those
 * that a parent or a timer holds, or of which a proof was made. False when memory ran out; free it
 * in any case.
 */
bool growth_groups_make(const struct snapshot *snapshot, struct growth_groups *groups);
void growth_groups_free(struct growth_groups *groups);

#endif
