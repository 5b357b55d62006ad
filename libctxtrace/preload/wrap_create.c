/*
 * pthread_create: each thread becomes a task with a creation stack, from its start to its end.
 *
 * This file is compiled without -fexceptions, which makes pthread_cleanup_push() a jump buffer that
 * libc knows of: it is reached also when a thread exits below frames that cannot be unwound.
 */
#include "preload/open_waits.h"
#include "preload/preload.h"
#include "preload/threads.h"

struct wrapped wrapped_create = {.name = "pthread_create"};

struct ending {
    struct thread *thread;
    ctxt_task_id_t task;
};

static void ended(void *argument)
{
    const struct ending *ending = argument;
    struct quiet quiet;
    quiet_begin(&quiet);
    open_waits_end_all();
    if (threads_ended(ending->thread, ending->task))
        ctxt_task_end(ending->task);
    quiet_end(&quiet);
}

static void *run(void *argument)
{
    struct quiet quiet;
    quiet_begin(&quiet);
    struct thread_start start = threads_began(argument);
    struct ending ending = {argument, start.task};
    ctxt_task_bind(start.task);
    quiet_end(&quiet);
    void *result;
    pthread_cleanup_push(ended, &ending); /* also for pthread_exit and cancellation */
    result = start.function(start.argument);
    pthread_cleanup_pop(1);
    return result;
}

static bool is_detached(const pthread_attr_t *attributes)
{
    int state = PTHREAD_CREATE_JOINABLE;
    if (attributes)
        pthread_attr_getdetachstate(attributes, &state);
    return state == PTHREAD_CREATE_DETACHED;
}

static void end_at_once(ctxt_task_id_t task, bool detached)
{
    ctxt_task_end(task);
    if (!detached)
        ctxt_task_joined(task);
}

/* Describes a thread that is about to be made; NULL if it will not be recorded. */
static struct thread *prepare(struct thread_start *start, bool detached)
{
    struct quiet quiet;
    quiet_begin(&quiet);
    preload_start();
    struct thread *thread = NULL;
    start->task = ctxt_task_begin(CTXT_TASK_THREAD, NULL, (const void *)start->function);
    if (start->task) {
        threads_know_main(); /* it may be the one that makes it */
        /* The thread may have ended, and its handle be gone, before the creating call returns. */
        if (detached)
            ctxt_task_detached(start->task);
        thread = threads_reserve(start, detached);
        if (!thread)
            end_at_once(start->task, detached);
    }
    quiet_end(&quiet);
    return thread;
}

static void cancel(struct thread *thread, ctxt_task_id_t task, bool detached)
{
    struct quiet quiet;
    quiet_begin(&quiet);
    threads_cancel_reservation(thread);
    end_at_once(task, detached);
    quiet_end(&quiet);
}

typedef int create_function(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);

PRELOAD_WRAPPER int pthread_create(pthread_t *handle, const pthread_attr_t *attributes,
                                   void *(*function)(void *), void *argument)
{
    create_function *next = (create_function *)next_of(&wrapped_create);
    if (from_library(__builtin_return_address(0)))
        return next(handle, attributes, function, argument);
    bool detached = is_detached(attributes);
    struct thread_start start = {.function = function, .argument = argument};
    struct thread *thread = prepare(&start, detached);
    if (!thread)
        return next(handle, attributes, function, argument);
    int error = next(handle, attributes, run, thread);
    if (error)
        cancel(thread, start.task, detached);
    else
        threads_publish(thread, start.task, handle);
    return error;
}
