#include "runtime/lock_order.h"

#include "base/invariant.h"

#ifdef CTXTRACE_ASSERT
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
