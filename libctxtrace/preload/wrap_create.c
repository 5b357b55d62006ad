/*
 * pthread_create and thrd_create: each thread becomes a task with a creation stack, from its start
 * to its end.
 *
 * This file is compiled without -fexceptions, which makes pthread_cleanup_push() a jump buffer that
 * libc knows of: it is reached also when a thread exits below frames that cannot be unwound.
 */
#include "preload/c11.h"
#include "preload/open_waits.h"
#include "preload/preload.h"
#include "preload/process_state.h"
#include "preload/recording.h"
#include "preload/threads.h"

#include <threads.h>

struct wrapped wrapped_create = {.name = "pthread_create"};
struct wrapped wrapped_thrd_create = {.name = "thrd_create"};

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
    open_waits_use(NULL);
    if (threads_ended(ending->thread, ending->task))
        ctxt_task_end(ending->task);
    quiet_end(&quiet);
}

static void *run(void *argument)
{
    struct quiet quiet;
    quiet_begin(&quiet);
    struct thread_start start = threads_began(argument);
    open_waits_use(&((struct thread *)argument)->waits);
    struct ending ending = {argument, start.task};
    ctxt_task_bind(start.task);
    quiet_end(&quiet);
    void *result;
    pthread_cleanup_push(ended, &ending); /* also for pthread_exit and cancellation */
    result = start.function ? start.function(start.argument)
                            : (void *)(uintptr_t)start.c11_function(start.argument);
    pthread_cleanup_pop(1);
    return result;
}

/* The function of a thread of C11 returns a number; glibc keeps it in the same way. */
static int run_c11(void *argument)
{
    return (int)(uintptr_t)run(argument);
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

static const void *function_of(const struct thread_start *start)
{
    return start->function ? (const void *)start->function : (const void *)start->c11_function;
}

/* Describes a thread that is about to be made; NULL if it will not be recorded. */
static struct thread *prepare(struct thread_start *start, bool detached)
{
    struct quiet quiet;
    quiet_begin(&quiet);
    preload_start();
    struct thread *thread = NULL;
    start->task = ctxt_task_begin(CTXT_TASK_THREAD, NULL, function_of(start));
    if (!start->task)
        preload_records(); /* which says why not */
    if (start->task) {
        threads_register_main(); /* it may be the one that makes it */
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

typedef int thrd_create_function(thrd_t *, thrd_start_t, void *);

PRELOAD_WRAPPER int thrd_create(thrd_t *handle, thrd_start_t function, void *argument)
{
    thrd_create_function *next = (thrd_create_function *)next_of(&wrapped_thrd_create);
    struct thread_start start = {.c11_function = function, .argument = argument};
    struct thread *thread = c11_is_of_libc ? prepare(&start, false) : NULL;
    if (!thread)
        return next(handle, function, argument);
    int error = next(handle, run_c11, thread);
    if (error)
        cancel(thread, start.task, false);
    else
        threads_publish(thread, start.task, handle);
    return error;
}
