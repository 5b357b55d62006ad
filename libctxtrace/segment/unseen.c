/*
 * What a recording does not show, told of the waits that are there: those that a deadlock could go
 * through and that lead to nobody. So that "nothing found" is not taken for "nothing there".
 */
#include "segment/unseen.h"

#include "base/clock.h"

/* What is over in a moment is not told of a program that goes on. */
#define LONG_WAIT_NS NS_PER_SECOND

struct unseen {
    uint64_t semaphores, readers, holders;
};

static bool is_long(const struct reading *reading, const struct held_wait *wait)
{
    int64_t since_ns = (int64_t)wait->words[WAIT_SINCE];
    return reading->file->quiet || since_ns < reading->began_ns - LONG_WAIT_NS;
}

/* It holds the lock, and does something, or waits for something, that is not recorded. */
static bool holder_is_elsewhere(const struct reading *reading, const struct held_wait *wait)
{
    enum precondition doubt;
    return wait->owner != 0 && reading_task(reading, wait->owner) &&
           !reading_wait_of(reading, wait->owner, &doubt);
}

static void count_wait(const struct reading *reading, const struct held_wait *wait,
                       struct unseen *unseen)
{
    uint64_t kind = wait->words[WAIT_KINDS] & 0xff;
    if (kind == OBJECT_SEMAPHORE)
        unseen->semaphores++;
    else if (kind == OBJECT_RWMUTEX && wait->owner_thread == 0 && wait->owner == 0)
        unseen->readers++;
    else if (kind == OBJECT_MUTEX || kind == OBJECT_RWMUTEX)
        unseen->holders += holder_is_elsewhere(reading, wait);
}

void add_unseen(struct reading *reading)
{
    struct unseen unseen = {0};
    for (size_t i = 0; i < reading->wait_count; i++)
        if (is_long(reading, &reading->waits[i]))
            count_wait(reading, &reading->waits[i], &unseen);
    builder_add_expected_loss(
        reading->builder, "holders of semaphores that are waited for",
        "who would give one is not known: a deadlock that goes through one is "
        "not found",
        unseen.semaphores);
    builder_add_expected_loss(
        reading->builder, "readers of locks that are waited for",
        "who holds one to read is not known: a deadlock that goes through one "
        "is not found",
        unseen.readers);
    builder_add_expected_loss(
        reading->builder, "waits of holders of locks that are waited for",
        "waits in system calls (to read, poll, accept or sleep), for barriers "
        "and spin locks are not recorded",
        unseen.holders);
}
