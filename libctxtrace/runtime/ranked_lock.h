/*
 * The runtime's locks (base/lock.h): their order, and the critical sections that make fork safe.
 *
 * Every lock is taken inside a critical section of its thread (see thread.h), so that fork can wait
 * until no other thread holds any: the child then inherits locks that are free and structures that
 * are whole. Taking a lock enters the section, releasing leaves it.
 *
 * Order of locks: a context, its descendants from parent to child, then one of the leaf locks
 * (timers, executor, tasks, groups, conditions, channels), of which a thread holds one at a time,
 * but for a select, which holds those of several channels, taken in the order of their addresses. A
 * context never takes its parent's lock while it holds its own.
 */
#ifndef CTXTRACE_RUNTIME_RANKED_LOCK_H
#define CTXTRACE_RUNTIME_RANKED_LOCK_H

#include "base/lock.h"
#include "runtime/thread.h"

enum lock_rank { LOCK_LEAF, LOCK_OF_CHANNEL, LOCK_OF_CONTEXT };

/* Assert the order of locks, by what the thread holds. */
#ifdef CTXTRACE_ASSERT
void lock_assert_order(const struct lock *lock, enum lock_rank rank, struct held_locks *held);
void lock_note_release(enum lock_rank rank, struct held_locks *held);
#else
#define lock_assert_order(lock, rank, held) ((void)(rank))
#define lock_note_release(rank, held)       ((void)(rank))
#endif

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
