#include "base/lock.h"

#include "base/futex.h"
#include "base/processor.h"

/* Most sections are a few dozen instructions: a short spin usually saves two system calls. */
enum { SPINS = 100 };

void lock_wait(struct lock *lock)
{
    for (int i = 0; i < SPINS; i++) {
        uint32_t expected = 0;
        if (atomic_compare_exchange_weak(&lock->word, &expected, 1))
            return;
        if (expected == 2)
            break;
        processor_pause();
    }
    while (atomic_exchange(&lock->word, 2) != 0)
        futex_wait(&lock->word, 2, FUTEX_NO_TIMEOUT);
}

void lock_wake(struct lock *lock)
{
    futex_wake(&lock->word, 1);
}
