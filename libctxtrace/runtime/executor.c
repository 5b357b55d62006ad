#include "runtime/executor.h"

#include "base/clock.h"
#include "base/invariant.h"
#include "runtime/own_threads.h"

#include <errno.h>
#include <pthread.h>

#define IDLE_TIME_NS (2 * CTXT_SECOND)

static struct lock executor_lock;
/* All of this is under the lock. */
static struct ctxt *first_job, *last_job; /* chained by `next`, each with a hold */
static uint32_t threads, idle, jobs;
static struct waiter_list idle_threads;

static struct ctxt *take_job(void)
{
    struct ctxt *job = first_job;
    if (!job)
        return NULL;
    invariant(jobs > 0 && (job == last_job) == (jobs == 1));
    first_job = job->next;
    if (!first_job)
        last_job = NULL;
    jobs--;
    return job;
}

/* The next job, or NULL when this thread has been idle for long enough and is not the last. */
static struct ctxt *wait_for_job(void)
{
    struct blocking blocking;
    struct waiter waiter = {.blocking = &blocking};
    struct parker *parker = &thread_self()->parker;
    for (;;) {
        leaf_lock_take(&executor_lock);
        struct ctxt *job = take_job();
        if (!job) {
            blocking_begin(&blocking, parker);
            waiter_link(&idle_threads, &waiter);
            idle++;
        }
        leaf_lock_release(&executor_lock);
        if (job)
            return job;
        bool woken = blocking_wait(&blocking, now_ns() + IDLE_TIME_NS) >= 0;
        leaf_lock_take(&executor_lock);
        waiter_unlink(&waiter);
        invariant(idle > 0);
        idle--;
        bool leave = !woken && !first_job && threads > 1;
        threads -= leave ? 1 : 0;
        leaf_lock_release(&executor_lock);
        if (leave)
            return NULL;
    }
}

static void *run(void *unused)
{
    (void)unused;
    struct ctxt *job;
    while ((job = wait_for_job())) {
        record_context_function_started(&job->record);
        job->after.function(job->after.argument);
        node_drop(job);
        own_threads_idle(1);
    }
    return NULL;
}

static bool add_thread(void)
{
    leaf_lock_take(&executor_lock);
    threads++;
    leaf_lock_release(&executor_lock);
    if (own_thread_start("ctxt-after", run, NULL) == 0)
        return true;
    leaf_lock_take(&executor_lock);
    threads--;
    leaf_lock_release(&executor_lock);
    return false;
}

bool executor_prepare(void)
{
    leaf_lock_take(&executor_lock);
    bool ready = threads > 0;
    leaf_lock_release(&executor_lock);
    if (ready || add_thread())
        return true;
    errno = ENOMEM;
    return false;
}

void executor_start(struct ctxt *node)
{
    invariant(node->kind == CONTEXT_AFTER_FUNC);
    node_hold(node);
    own_threads_idle(-1); /* until it has run */
    leaf_lock_take(&executor_lock);
    invariant((first_job != NULL) == (jobs > 0) && (last_job != NULL) == (jobs > 0));
    node->next = NULL;
    if (last_job)
        last_job->next = node;
    else
        first_job = node;
    last_job = node;
    jobs++;
    struct waiter *sleeper = idle_threads.first;
    if (sleeper) {
        waiter_unlink(sleeper);
        if (waiter_claim(sleeper))
            waiter_release(sleeper, 0);
    }
    bool short_of_threads = jobs > idle;
    leaf_lock_release(&executor_lock);
    if (short_of_threads)
        add_thread();
}

void executor_fork_child(void)
{
    threads = idle = 0;
    idle_threads = (struct waiter_list){0};
}

void executor_fork_resume(void)
{
    leaf_lock_take(&executor_lock);
    uint32_t due = jobs;
    bool short_of_threads = jobs > idle;
    leaf_lock_release(&executor_lock);
    own_threads_idle(-(int)due);
    if (short_of_threads)
        add_thread();
}
