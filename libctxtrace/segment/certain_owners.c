/*
 * Who certainly holds the lock that is waited for.
 *
 * That a lock names a task proves little: a task that has just been given a lock is still recorded
 * as waiting for it, and one that was seen to hold it may have let go. preload/holders.c has the
 * whole argument; the reader's part of it is this. The owner holds the lock at the moment of the
 * snapshot (of a dead program: of its death) if it was blocked in something else than that lock
 * from when it was seen to hold it until then, because a task that is blocked takes and gives back
 * nothing. It was, if its waits are steady, and
 *
 * - the lock itself was asked in step 4, between two looks at those waits; or
 * - the waiter has told in which wait the owner was blocked when it was seen, and that wait stands,
 *   with the same sequence; or
 * - the lock is of the program's own making, the waiter has told who holds it after its own wait
 *   was recorded, and the owner had been blocked by then for longer than clocks of two threads
 *   differ.
 *
 * A wait for a condition does not count as one for something else: it gives back a mutex, and takes
 * it again, while it is recorded.
 */
#include "segment/certain_owners.h"

#include "base/clock.h"
#include "base/times.h"

/* Threads read the clock each by a base of its own, which is brought up to date within 1 ms. */
#define CLOCKS_DIFFER_NS (2 * NS_PER_MS)

static bool is_for_same_lock(const struct held_wait *one, const struct held_wait *other)
{
    return one->words[WAIT_ADDRESS] == other->words[WAIT_ADDRESS] &&
           one->words[WAIT_OBJECT_ID] == other->words[WAIT_OBJECT_ID];
}

static bool is_of(const struct reading *reading, const struct held_wait *wait, uint64_t task)
{
    return wait < reading->waits + reading->wait_count && wait->words[WAIT_TASK_ID] == task;
}

/* The first of the owner's waits if it is steadily blocked in other things than this lock. */
static const struct held_wait *owner_blocked_elsewhere(const struct reading *reading,
                                                       const struct held_wait *lock)
{
    enum precondition doubt = PRECONDITION_NONE;
    const struct held_wait *first = reading_wait_of(reading, lock->owner, &doubt);
    if (!first || doubt != PRECONDITION_NONE)
        return NULL;
    for (const struct held_wait *it = first; is_of(reading, it, lock->owner); it++)
        if (is_for_same_lock(it, lock) || (it->words[WAIT_KINDS] & 0xff) == OBJECT_CONDITION)
            return NULL;
    return first;
}

static bool is_told_wait(const struct held_wait *wait, const struct held_wait *lock)
{
    return lock->words[WAIT_OWNER_TASK] == lock->owner &&
           lock->words[WAIT_OWNER_WAIT] == wait->index + 1 &&
           lock->words[WAIT_OWNER_WAIT_SEQUENCE] == wait->words[WAIT_SEQUENCE];
}

static bool began_clearly_before(const struct held_wait *wait, const struct held_wait *lock)
{
    const uint64_t *words = lock->words;
    int64_t since_ns = (int64_t)wait->words[WAIT_SINCE], told_ns = (int64_t)words[WAIT_SINCE];
    return !(words[WAIT_FLAGS] & LOCK_OF_LIBC) && (words[WAIT_FLAGS] & SEGMENT_OWNER_TOLD_LATER) &&
           words[WAIT_OWNER_TASK] == lock->owner && since_ns > 0 && told_ns > since_ns &&
           time_between(since_ns, told_ns) > CLOCKS_DIFFER_NS;
}

bool owner_is_certain(const struct reading *reading, const struct held_wait *wait)
{
    const struct held_wait *first =
        wait->steady && wait->owner ? owner_blocked_elsewhere(reading, wait) : NULL;
    if (!first)
        return false;
    if (wait->owner_is_now)
        return true;
    bool all_before = true;
    for (const struct held_wait *it = first; is_of(reading, it, wait->owner); it++) {
        if (is_told_wait(it, wait))
            return true;
        all_before = all_before && began_clearly_before(it, wait);
    }
    return all_before;
}

bool owner_is_gone(const struct held_wait *wait)
{
    return wait->steady && wait->owner == 0 && (wait->words[WAIT_FLAGS] & SEGMENT_OWNER_GONE) &&
           !(wait->words[WAIT_FLAGS] & LOCK_ROBUST) &&
           wait->owner_thread == (uint32_t)wait->words[WAIT_OWNER_THREAD];
}
