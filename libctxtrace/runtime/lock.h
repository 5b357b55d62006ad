/*
 * A lock of one word, and the critical sections that make fork safe.
 *
 * The lock is the three-state futex mutex of Ulrich Drepper's "Futexes are tricky": 0 free, 1 held,
 * 2 held and perhaps waited for. It is small because every context has one.
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
#ifndef CTXTRACE_RUNTIME_LOCK_H
#define CTXTRACE_RUNTIME_LOCK_H

#include "runtime/thread.h"

enum lock_rank { LOCK_LEAF, LOCK_OF_CHANNEL, LOCK_OF_CONTEXT };

struct lock {
    _Atomic uint32_t word;
};

void lock_wait(struct lock *lock);
void lock_wake(struct lock *lock);

/* Assert the order of locks, by what the thread holds. */
#ifdef CTXTRACE_ASSERT
void lock_assert_order(const struct lock *lock, enum lock_rank rank, struct held_locks *held);
void lock_note_release(enum lock_rank rank, struct held_locks *held);
#else
#define lock_assert_order(lock, rank, held) ((void)(rank))
#define lock_note_release(rank, held)       ((void)(rank))
#endif

static inline void lock_take_as(struct lock *lock, enum lock_rank rank)
{
    struct runtime_thread *self = thread_self();
    critical_enter(self);
    lock_assert_order(lock, rank, &self->held);
    uint32_t expected = 0;
    if (!atomic_compare_exchange_strong_explicit(&lock->word, &expected, 1, memory_order_acquire,
                                                 memory_order_relaxed))
        lock_wait(lock);
}

static inline void lock_release_as(struct lock *lock, enum lock_rank rank)
{
    lock_note_release(rank, &thread_self()->held);
    uint32_t before = atomic_exchange_explicit(&lock->word, 0, memory_order_release);
    invariant(before != 0);
    if (before == 2)
        lock_wake(lock);
    critical_leave(thread_self());
}

/* By whichever thread: for assertions. */
static inline bool lock_is_held(const struct lock *lock)
{
    return atomic_load_explicit(&lock->word, memory_order_relaxed) != 0;
}

/* A leaf lock. */
static inline void lock_take(struct lock *lock)
{
    lock_take_as(lock, LOCK_LEAF);
}

static inline void lock_release(struct lock *lock)
{
    lock_release_as(lock, LOCK_LEAF);
}

#endif
