/*
 * Waits for a condition that are over but for the mutex.
 *
 * A wait for a condition of the C library gives up a mutex, waits for a signal, and takes the mutex
 * again; nobody outside of the library sees where in this it is. The kernel does, as long as the
 * program lives: it blocks on a word of the condition first, and on the first word of the mutex
 * then
 * (/proc/PID/task/TID/syscall has number and arguments of the call that a thread is blocked in).
 *
 * It does not go back: who asks for the mutex once does so until it has it, and then the record
 * ends. So if the record stands before and after the kernel was asked, which look_again_at_waits()
 * checks, the thread wanted the mutex all the while, and has not got it. Whether there are other
 * ways out than its holder's is told by the properties of a mutex of whatever kind: anybody unlocks
 * it, for what kind it is was not recorded.
 */
#include "segment/read_reacquired.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

/* More would take longer than the snapshot is worth; there is a read for each. */
enum { MOST_ASKED = 4096 };

/* The address of the futex that the thread is blocked on; 0: none, or it may not be known. */
static uint64_t blocked_on(int pid, uint32_t thread)
{
    char path[64], text[256];
    snprintf(path, sizeof path, "/proc/%d/task/%" PRIu32 "/syscall", pid, thread);
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0)
        return 0;
    ssize_t length = read(descriptor, text, sizeof text - 1);
    close(descriptor);
    text[length > 0 ? length : 0] = '\0';
    long number;
    uint64_t address;
    bool known = sscanf(text, "%ld %" SCNx64, &number, &address) == 2 && number == SYS_futex;
    return known ? address : 0;
}

static bool may_be_reacquiring(const struct held_wait *wait)
{
    return wait->steady && (wait->words[WAIT_KINDS] & 0xff) == OBJECT_CONDITION &&
           wait->words[WAIT_OBJECT_ID] != 0;
}

static void becomes_lock(struct held_wait *wait)
{
    const uint64_t both = 0xffff;
    uint64_t *words = wait->words;
    words[WAIT_KINDS] = (words[WAIT_KINDS] & ~both) | OBJECT_MUTEX | (uint64_t)WAIT_LOCK << 8;
    words[WAIT_ADDRESS] = words[WAIT_OBJECT_ID];
    words[WAIT_OBJECT_ID] = 0;
    words[WAIT_UNTIL] = (uint64_t)SNAPSHOT_NEVER; /* the limit was for the signal */
    words[WAIT_FLAGS] |= LOCK_OF_LIBC | LOCK_ANY_UNLOCKS;
}

bool find_reacquired(struct reading *reading)
{
    int pid = reading->thread_names.pid; /* 0: not alive, or its threads have other numbers here */
    size_t asked = 0;
    for (size_t i = 0; pid != 0 && i < reading->wait_count && asked < MOST_ASKED; i++) {
        struct held_wait *wait = &reading->waits[i];
        const uint64_t *task =
            may_be_reacquiring(wait) ? reading_task(reading, wait->words[WAIT_TASK_ID]) : NULL;
        if (!task)
            continue;
        asked++;
        if (blocked_on(pid, (uint32_t)task[TASK_THREAD_AND_STATE]) == wait->words[WAIT_OBJECT_ID])
            becomes_lock(wait);
    }
    return true;
}
