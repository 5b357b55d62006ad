#include "runtime/lock.h"

#include "base/processor.h"
#include "runtime/futex.h"

/* Most sections are a few dozen instructions: a short spin usually saves two system calls. */
enum { SPINS = 100 };

void lock_wait(struct lock *lock)
{
    for (int i = 0; i < SPINS; i++) {
        uint32_t expected = 0;
        if (atomic_compare_exchange_weak_explicit(&lock->word, &expected, 1, memory_order_acquire,
                                                  memory_order_relaxed))
            return;
        if (expected == 2)
            break;
        processor_pause();
    }
    while (atomic_exchange_explicit(&lock->word, 2, memory_order_acquire) != 0)
        futex_wait(&lock->word, 2, FUTEX_NO_TIMEOUT);
}

void lock_wake(struct lock *lock)
{
    futex_wake(&lock->word, 1);
}

#ifdef CTXTRACE_ASSERT
/* See lock.h. That a context comes before those below it is not asserted: it would cost a walk. */
void lock_assert_order(const struct lock *lock, enum lock_rank rank, struct held_locks *held)
{
    invariant(held->leaves == 0);
    if (rank == LOCK_OF_CHANNEL) {
        invariant(held->channels == 0 || held->channel < lock);
        held->channels++;
        held->channel = lock;
        return;
    }
    invariant(held->channels == 0);
    ++*(rank == LOCK_OF_CONTEXT ? &held->contexts : &held->leaves);
}

void lock_note_release(enum lock_rank rank, struct held_locks *held)
{
    uint32_t *count = rank == LOCK_OF_CONTEXT   ? &held->contexts
                      : rank == LOCK_OF_CHANNEL ? &held->channels
                                                : &held->leaves;
    invariant(*count > 0);
    --*count;
}
#endif
