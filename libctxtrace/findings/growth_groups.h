/*
 * What is counted together when looking for growth.
 *
 * Tasks, and contexts whose creation was recorded, belong together by site. A context without a
 * creation stack, or with one that was only sampled (as in Go programs), belongs with those that
 * have the same kind, type, name and key, and so for their parents, all the way up. That survives
 * recompiling, and does not depend on which request a context was made for.
 */
#ifndef CTXTRACE_FINDINGS_GROWTH_GROUPS_H
#define CTXTRACE_FINDINGS_GROWTH_GROUPS_H

#include "snapshot/snapshot.h"

struct growth_groups {
    /* By index of the snapshot's contexts and tasks; 0: it is not counted. */
    uint64_t *contexts, *tasks;
};

/*
 * Counted are living tasks that are the program's own, and open contexts. In a garbage-collected
 * language a context that nobody uses any more can stay for a while: there only those count that a
 * parent or a timer holds, or that a proof was made about. False when memory ran out; free it in
 * any case.
 */
bool growth_groups_make(const struct snapshot *snapshot, struct growth_groups *groups);
void growth_groups_free(struct growth_groups *groups);

#endif
