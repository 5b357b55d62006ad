/*
 * A lock of one word: the three-state futex mutex of Ulrich Drepper's "Futexes are tricky". All
 * zeroes is a free one.
 *
 * Not a mutex of libc, for three reasons. It is small, because every context has one. Under the
 * preload a call of libc's would go through the program's wrappers, and be taken for the program's
 * own. And a forked child may set it to zero whatever it was, where libc would have it destroyed
 * first.
 *
 * Taking a lock and looking whether it is held are in one order with all other sequentially
 * consistent operations: preload/holders.c rests on that.
 *
 * Neither call is a cancellation point, and both leave errno as it was. A lock is no more than
 * that: a signal handler that interrupts its holder must not take it, and a thread that ends while
 * it holds it leaves it taken. Both are excluded by those who use it: the recorder and the preload
 * turn away who comes in twice (`busy`, `inside`), and nothing of the program's is called with one
 * held. Checkers of threads do not know it: see record/uninstrumented.h. The runtime's have an
 * order and are known to fork: runtime/ranked_lock.h.
 */
#ifndef CTXTRACE_BASE_LOCK_H
#define CTXTRACE_BASE_LOCK_H

#include "base/invariant.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct lock {
    _Atomic uint32_t word; /* 0 free, 1 held, 2 held and perhaps waited for */
};

/* What is left to do when the lock is not free; when it was waited for. */
void lock_wait(struct lock *lock);
void lock_wake(struct lock *lock);

static inline void lock_take(struct lock *lock)
{
    uint32_t expected = 0;
    if (!atomic_compare_exchange_strong(&lock->word, &expected, 1))
        lock_wait(lock);
}

static inline void lock_release(struct lock *lock)
{
    uint32_t before = atomic_exchange_explicit(&lock->word, 0, memory_order_release);
    invariant(before != 0);
    if (before == 2)
        lock_wake(lock);
}

/* By whichever thread. Whoever finds it free sees what was written with it held before. */
static inline bool lock_is_held(const struct lock *lock)
{
    return atomic_load(&lock->word) != 0;
}

/* Free, whoever held it: in a forked child, where that thread is not. */
static inline void lock_reset(struct lock *lock)
{
    atomic_store_explicit(&lock->word, 0, memory_order_relaxed);
}

#endif
