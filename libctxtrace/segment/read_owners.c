/*
 * Who holds the mutexes and read-write locks that are waited for.
 *
 * A wait records the owner that was there when it began, and that may have changed since. While the
 * program lives the mutex itself can be asked: the C library keeps the owner's thread id in it.
 * This needs the permission to read the program's memory; without it the recorded owner stays.
 */
#include <pthread.h>
#include <stddef.h>
#include <string.h>
#include <sys/uio.h>

#include "segment/reading.h"

/* The layout below is that of the GNU C library. */
static bool uses_gnu_library(const struct module_table *modules)
{
    for (size_t i = 0; i < modules->count; i++) {
        const char *slash = strrchr(modules->items[i].path, '/');
        if (slash && strcmp(slash, "/libc.so.6") == 0)
            return true;
    }
    return false;
}

/* Where the owner's thread id is in an object of that kind; false for those that have none. */
static bool owner_offset(uint64_t kind, uint64_t *offset)
{
    if (kind == SEGMENT_OBJECT_MUTEX)
        *offset = offsetof(pthread_mutex_t, __data.__owner);
    else if (kind == SEGMENT_OBJECT_RWLOCK)
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

static bool read_owner_thread(const struct reading *reading, const struct held_wait *wait,
                              int *thread)
{
    uint64_t offset;
    return wait->steady && wait->words[WAIT_ADDRESS] != 0 &&
           owner_offset(wait->words[WAIT_KINDS] & 0xff, &offset) &&
           read_number(reading->file->header.pid, wait->words[WAIT_ADDRESS] + offset, thread);
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

bool read_owners(struct reading *reading)
{
    if (reading->file->quiet || !uses_gnu_library(reading->modules))
        return true;
    for (size_t i = 0; i < reading->wait_count; i++) {
        struct held_wait *wait = &reading->waits[i];
        int thread = 0;
        if (!read_owner_thread(reading, wait, &thread))
            continue;
        wait->owner = task_of_thread(reading, thread);
        wait->owner_is_now = true;
        reading->owners_were_read = true;
    }
    return true;
}
