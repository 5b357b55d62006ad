/*
 * The order of the runtime's locks (base/lock.h), and how it is asserted.
 *
 * A context, its descendants from parent to child, then one of the leaf locks (nodes, timers,
 * executor, tasks, groups, conditions, channels), of which a thread holds one at a time, but for a
 * select, which holds those of several channels, taken in the order of their addresses. A context
 * never takes its parent's lock while it holds its own.
 *
 * So nothing deadlocks: contexts form a tree, whose locks are taken downwards, channels have one
 * order of their own, and whoever holds a leaf takes no other lock. While one is held, the only
 * thing that is waited for is another of them, in this order.
 */
#ifndef CTXTRACE_RUNTIME_LOCK_ORDER_H
#define CTXTRACE_RUNTIME_LOCK_ORDER_H

#include "base/lock.h"

enum lock_rank { LOCK_LEAF, LOCK_OF_CHANNEL, LOCK_OF_CONTEXT };

/* What a thread holds, as far as the order is asserted. */
struct held_locks {
    uint32_t contexts, channels, leaves;
    const struct lock *channel; /* the last one */
};

/* That a context comes before those below it is not asserted: it would cost a walk. */
#ifdef CTXTRACE_ASSERT
void lock_assert_order(const struct lock *lock, enum lock_rank rank, struct held_locks *held);
void lock_note_release(enum lock_rank rank, struct held_locks *held);
#else
#define lock_assert_order(lock, rank, held) ((void)(rank))
#define lock_note_release(rank, held)       ((void)(rank))
#endif

#endif
