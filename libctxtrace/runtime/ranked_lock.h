/*
 * Taking the runtime's locks, in their order (lock_order.h).
 *
 * Every lock is taken inside a critical section of its thread (critical.h), so that fork can wait
 * until no other thread holds any: the child then inherits locks that are free and structures that
 * are whole. Taking a lock enters the section, releasing leaves it.
 */
#ifndef CTXTRACE_RUNTIME_RANKED_LOCK_H
#define CTXTRACE_RUNTIME_RANKED_LOCK_H

#include "runtime/critical.h"
#include "runtime/lock_order.h"
#include "runtime/thread.h"

static inline void ranked_lock_take(struct lock *lock, enum lock_rank rank)
{
    struct runtime_thread *self = thread_self();
    critical_enter(self);
    lock_assert_order(lock, rank, &self->held);
    lock_take(lock);
}

static inline void ranked_lock_release(struct lock *lock, enum lock_rank rank)
{
    lock_note_release(rank, &thread_self()->held);
    lock_release(lock);
    critical_leave(thread_self());
}

static inline void leaf_lock_take(struct lock *lock)
{
    ranked_lock_take(lock, LOCK_LEAF);
}

static inline void leaf_lock_release(struct lock *lock)
{
    ranked_lock_release(lock, LOCK_LEAF);
}

#endif
