/* For tests that need a task to be blocked, or a moment to pass. */
#ifndef BLOCKED_H
#define BLOCKED_H

#include "runtime/ranked_lock.h"
#include "runtime/task.h"
#include "runtime/waiter.h"

#include <time.h>

/*
 * The thread sanitizer does not follow a thread through pthread_cancel(), nor to its end in a
 * forked child, holds signals back from a thread in a futex, and reports each wrong use of a mutex:
 * tests that do such things are skipped under it.
 */
#if defined(__SANITIZE_THREAD__)
#define UNDER_THREAD_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define UNDER_THREAD_SANITIZER 1
#endif
#endif
#ifndef UNDER_THREAD_SANITIZER
#define UNDER_THREAD_SANITIZER 0
#endif

#if UNDER_THREAD_SANITIZER
/* Forked children of programs with threads may have threads, too. */
__attribute__((visibility("default"), unused)) const char *__tsan_default_options(void);
const char *__tsan_default_options(void)
{
    return "die_after_fork=0";
}
#endif

__attribute__((unused)) static void pause_ns(int64_t ns)
{
    struct timespec time = {ns / 1000000000, ns % 1000000000};
    nanosleep(&time, NULL);
}

__attribute__((unused)) static void await_exit(struct ctxt_task *task)
{
    for (bool exited = false; !exited; pause_ns(200000)) {
        leaf_lock_take(&task->lock);
        exited = task->exited;
        leaf_lock_release(&task->lock);
    }
}

/* Returns when at least `count` waiters stand in the list. */
__attribute__((unused)) static void await_waiters(struct lock *lock, struct waiter_list *list,
                                                  unsigned count)
{
    for (;;) {
        unsigned found = 0;
        leaf_lock_take(lock);
        for (struct waiter *waiter = list->first; waiter; waiter = waiter->next)
            found++;
        leaf_lock_release(lock);
        if (found >= count)
            return;
        pause_ns(200000);
    }
}

#endif
