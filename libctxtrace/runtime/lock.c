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
