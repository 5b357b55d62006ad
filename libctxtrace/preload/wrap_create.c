/* pthread_create: each thread becomes a task with a creation stack, from its start to its end. */
#include "preload/preload.h"

#include <stdlib.h>

struct wrapped wrapped_create = {.name = "pthread_create"};

struct start {
    void *(*function)(void *);
    void *argument;
    ctxt_task_id_t task;
    bool detached;
};

static void ended(void *argument)
{
    const struct start *start = argument;
    threads_unbind();
    if (start->detached)
        threads_remove(pthread_self());
    ctxt_task_end(start->task);
}

static void *run(void *argument)
{
    struct start start = *(struct start *)argument;
    free(argument);
    ctxt_task_bind(start.task);
    threads_bind(start.task);
    void *result;
    pthread_cleanup_push(ended, &start); /* also for pthread_exit and cancellation */
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

typedef int create_function(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);

PRELOAD_WRAPPER int pthread_create(pthread_t *handle, const pthread_attr_t *attributes,
                                   void *(*function)(void *), void *argument)
{
    create_function *next = (create_function *)next_of(&wrapped_create);
    if (from_library(__builtin_return_address(0)))
        return next(handle, attributes, function, argument);
    ctxt_task_id_t task = ctxt_task_begin(CTXT_TASK_THREAD, NULL, (const void *)function);
    struct start *start = task ? malloc(sizeof *start) : NULL;
    if (!start)
        return next(handle, attributes, function, argument);
    bool detached = is_detached(attributes);
    *start = (struct start){function, argument, task, detached};
    /* The thread may have ended, and its handle be gone, before the call returns. */
    if (detached)
        ctxt_task_detached(task);
    int error = next(handle, attributes, run, start);
    if (error) {
        free(start);
        ctxt_task_end(task);
        if (!detached)
            ctxt_task_joined(task);
    } else if (!detached) {
        threads_add(*handle, task);
    }
    return error;
}
