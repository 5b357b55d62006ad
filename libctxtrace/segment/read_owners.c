/*
 * Who holds the mutexes and read-write locks that are waited for.
 *
 * A wait records the owner that was there when it began, and that may have changed since. While the
 * program lives the mutex itself can be asked: the C library keeps the owner's thread id in it.
 * This needs the permission to read the program's memory; without it the recorded owner stays.
 *
 * What it says is taken for an edge "waits for that task" only where the wait was there before and
 * after it was asked, with one sequence. Excluded by that: that the waiter left. That it got the
 * lock and has not come to write that down yet, as its turn has not come since, is seen by the
 * lock: it names the waiter, who had not found it so when the wait began (as one does who locks
 * twice). Such a wait is over. That the owner lets go between the asking of one lock and of the
 * next is excluded by the owner's own wait being steady: a task that is blocked all the while
 * changes no lock. Each lock is asked once for all of its waiters, so that what is said of it is
 * one moment's truth.
 */
#include "segment/read_owners.h"

#include "base/base_name.h"
#include "base/invariant.h"

#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>

/* The layout below is that of the GNU C library. */
static bool uses_gnu_library(const struct module_table *modules)
{
    for (size_t i = 0; i < modules->count; i++) {
        if (strcmp(base_name(modules->items[i].path), "libc.so.6") == 0)
            return true;
    }
    return false;
}

/* Where the owner's thread id is in an object of that kind; false for those that have none. */
static bool owner_offset(uint64_t kind, uint64_t *offset)
{
    if (kind == OBJECT_MUTEX)
        *offset = offsetof(pthread_mutex_t, __data.__owner);
    else if (kind == OBJECT_RWMUTEX)
        *offset = offsetof(pthread_rwlock_t, __data.__cur_writer);
    else
        return false;
    return true;
}

static bool read_number(int pid, uint64_t address, int *number)
{
    struct iovec here = {.iov_base = number, .iov_len = sizeof *number};
    /* Never followed by us: the kernel looks at it in the other process. */
    struct iovec there = {.iov_base = (void *)(uintptr_t)address, .iov_len = sizeof *number};
    return process_vm_readv(pid, &here, 1, &there, 1, 0) == (ssize_t)sizeof *number;
}

/*
 * Can its lock be asked? Only one of libc's making: others look otherwise, and their program has
 * told who holds them. The address in the program is then `place`.
 */
static bool has_owner(const struct held_wait *wait, uint64_t *place)
{
    uint64_t offset;
    if (!wait->steady || wait->words[WAIT_ADDRESS] == 0 ||
        !(wait->words[WAIT_FLAGS] & LOCK_OF_LIBC) ||
        !owner_offset(wait->words[WAIT_KINDS] & 0xff, &offset))
        return false;
    *place = wait->words[WAIT_ADDRESS] + offset;
    return true;
}

static uint64_t task_of_thread(const struct reading *reading, int thread)
{
    for (size_t i = 0; thread > 0 && i < reading->task_count; i++) {
        uint64_t packed = reading->tasks[i].words[TASK_THREAD_AND_STATE];
        if ((uint32_t)packed == (uint32_t)thread && !(packed >> 40 & SEGMENT_EXITED))
            return reading->tasks[i].words[TASK_ID];
    }
    return 0;
}

/* A wait for a lock that can be asked. */
struct asked {
    uint64_t place;
    struct held_wait *wait;
};

static int by_place(const void *a, const void *b)
{
    const struct asked *one = a, *other = b;
    return one->place < other->place ? -1 : one->place > other->place;
}

/* NULL when memory ran out. */
static struct asked *locks_to_ask(struct reading *reading, size_t *count)
{
    struct asked *asked = malloc((reading->wait_count + 1) * sizeof *asked);
    *count = 0;
    for (size_t i = 0; asked && i < reading->wait_count; i++) {
        uint64_t place;
        if (has_owner(&reading->waits[i], &place))
            asked[(*count)++] = (struct asked){place, &reading->waits[i]};
    }
    if (*count > 0)
        qsort(asked, *count, sizeof *asked, by_place);
    return asked;
}

/* Has the waiter got the lock by now? */
static bool has_got_it(const struct held_wait *wait, uint64_t owner)
{
    return owner != 0 && owner == wait->words[WAIT_TASK_ID] &&
           owner != wait->words[WAIT_OWNER_TASK];
}

/* Asks the lock of the waits from `first` on; returns where the next lock's begin. */
static size_t ask_lock(struct reading *reading, struct asked *asked, size_t count, size_t first)
{
    int thread = 0;
    bool known = read_number(reading->file->pid_here, asked[first].place, &thread);
    uint64_t owner = known ? task_of_thread(reading, thread) : 0;
    size_t i = first;
    for (; i < count && asked[i].place == asked[first].place; i++) {
        if (!known)
            continue;
        asked[i].wait->owner = owner;
        asked[i].wait->owner_thread = (uint32_t)thread;
        asked[i].wait->owner_is_now = true;
        if (has_got_it(asked[i].wait, owner))
            asked[i].wait->steady = false;
    }
    invariant(i > first);
    reading->owners_were_read |= known;
    return i;
}

bool read_owners(struct reading *reading)
{
    if (reading->file->quiet || reading->file->pid_here == 0 || !uses_gnu_library(reading->modules))
        return true;
    size_t count;
    struct asked *asked = locks_to_ask(reading, &count);
    if (!asked)
        return false;
    for (size_t i = 0; i < count;)
        i = ask_lock(reading, asked, count, i);
    free(asked);
    return true;
}
