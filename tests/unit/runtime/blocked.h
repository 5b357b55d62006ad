/* For tests that need a task to be blocked, or a moment to pass. */
#ifndef BLOCKED_H
#define BLOCKED_H

#include "runtime/lock.h"
#include "runtime/waiter.h"
#include <time.h>

__attribute__((unused)) static void pause_ns(int64_t ns)
{
    struct timespec time = {ns / 1000000000, ns % 1000000000};
    nanosleep(&time, NULL);
}

/* Returns when at least `count` waiters stand in the list. */
__attribute__((unused)) static void await_waiters(struct lock *lock, struct waiter_list *list,
                                                  unsigned count)
{
    for (;;) {
        unsigned found = 0;
        lock_take(lock);
        for (struct waiter *waiter = list->first; waiter; waiter = waiter->next)
            found++;
        lock_release(lock);
        if (found >= count)
            return;
        pause_ns(200000);
    }
}

#endif
