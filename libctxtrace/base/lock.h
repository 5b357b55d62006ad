/*
 * A lock of one word: the three-state futex mutex of Ulrich Drepper's "Futexes are tricky". All
 * zeroes is a free one.
 *
 * Not a mutex of libc, for three reasons. It is small, because every context has one. Under the
 * preload a call of libc's would go through the program's wrappers, and be taken for the program's
 * own. And a forked child may set it to zero whatever it was, where libc would have it destroyed
 * first.
 *
 * Taking a lock and looking whether it is held are sequentially consistent with all other such
 * operations: preload/holders.c relies on that.
 *
 * Neither call is a cancellation point, and both leave errno as it was. There is nothing more to
 * it: a signal handler that interrupts the holder must not take the lock, and a thread that ends
 * while it holds one leaves it taken. Its users rule out both: the recorder and the preload turn
 * away re-entrant calls (`busy`, `inside`), and no code of the program's is called with a lock
 * held. Thread checkers do not know this lock: see record/uninstrumented.h. The runtime's locks
 * have an order, and fork handlers: runtime/ranked_lock.h.
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

/* The slow paths: the lock is not free; somebody has waited for it. */
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

/*
 * Held by whichever thread. A caller that finds it free sees all that was written while it was
 * held.
 */
static inline bool lock_is_held(const struct lock *lock)
{
    return atomic_load(&lock->word) != 0;
}

/* Makes it free, whoever held it: for a forked child, which that thread is not in. */
static inline void lock_reset(struct lock *lock)
{
    atomic_store_explicit(&lock->word, 0, memory_order_relaxed);
}

#endif
