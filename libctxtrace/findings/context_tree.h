/*
 * Walking the tree of contexts once, for all contexts together.
 *
 * A chain of contexts can be as long as there are contexts, so a rule that climbed to the root for
 * each of them would take quadratic time. The functions here visit parents before their children
 * and take linear time and one array; they return NULL when memory ran out, or when there are no
 * contexts. The caller frees what they return.
 */
#ifndef CTXTRACE_FINDINGS_CONTEXT_TREE_H
#define CTXTRACE_FINDINGS_CONTEXT_TREE_H

#include "snapshot/snapshot.h"

/*
 * The context after this one when each is followed by its descendants; SNAPSHOT_NONE after the
 * last. Start with snapshot->first_root.
 */
uint32_t tree_next(const struct snapshot *snapshot, uint32_t context);

/* background or todo */
bool context_is_root_kind(const struct snapshot_context *context);

/*
 * For every context the nearest one above it that is not a value context: the one that would have
 * to cancel it. SNAPSHOT_NONE when there is none.
 */
uint32_t *tree_linking_parents(const struct snapshot *snapshot);

/*
 * For every context the one, itself or above it, whose deadline is the one in effect; SNAPSHOT_NONE
 * when there is none.
 */
uint32_t *tree_deadline_setters(const struct snapshot *snapshot);

/*
 * For every context: is it, or one below it, waited for, or the current or start context of a task
 * that is alive?
 */
bool *tree_in_use(const struct snapshot *snapshot);

/* The same for waits alone: is it, or one below it, waited for to end? */
bool *tree_waited_for(const struct snapshot *snapshot);

#endif
