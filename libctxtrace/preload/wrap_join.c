/* Joining, detaching and naming threads. */
#include "preload/preload.h"

#include <errno.h>

struct wrapped wrapped_join = {.name = "pthread_join"};
struct wrapped wrapped_tryjoin = {.name = "pthread_tryjoin_np"};
struct wrapped wrapped_timedjoin = {.name = "pthread_timedjoin_np"};
struct wrapped wrapped_clockjoin = {.name = "pthread_clockjoin_np"};
struct wrapped wrapped_detach = {.name = "pthread_detach"};
struct wrapped wrapped_setname = {.name = "pthread_setname_np"};

typedef int join_function(pthread_t, void **);
typedef int timedjoin_function(pthread_t, void **, const struct timespec *);
typedef int clockjoin_function(pthread_t, void **, clockid_t, const struct timespec *);
typedef int detach_function(pthread_t);
typedef int setname_function(pthread_t, const char *);

static uint32_t begin(ctxt_task_id_t task, clockid_t clock, const struct timespec *until)
{
    ctxt_wait_description_t wait = {.object = CTXT_WAIT_TASK,
                                    .operation = CTXT_WAIT_FOR_EXIT,
                                    .joined = task,
                                    .until_ns = wait_until(clock, until)};
    return ctxt_wait_begin(&wait);
}

/* The handle must be forgotten before the join frees it for another thread. */
static int finish(int error, pthread_t handle, ctxt_task_id_t task)
{
    if (error) {
        threads_add(handle, task);
        return error;
    }
    ctxt_task_joined(task);
    return 0;
}

PRELOAD_WRAPPER int pthread_join(pthread_t handle, void **result)
{
    join_function *next = (join_function *)next_of(&wrapped_join);
    ctxt_task_id_t task = threads_find(handle);
    if (!task || from_library(__builtin_return_address(0)))
        return next(handle, result);
    int error;
    threads_remove(handle);
    uint32_t token = begin(task, CLOCK_REALTIME, NULL);
    pthread_cleanup_push(wait_end_at, &token);
    error = next(handle, result);
    pthread_cleanup_pop(1);
    return finish(error, handle, task);
}

PRELOAD_WRAPPER int pthread_tryjoin_np(pthread_t handle, void **result)
{
    join_function *next = (join_function *)next_of(&wrapped_tryjoin);
    ctxt_task_id_t task = threads_find(handle);
    if (!task)
        return next(handle, result);
    threads_remove(handle);
    return finish(next(handle, result), handle, task);
}

PRELOAD_WRAPPER int pthread_timedjoin_np(pthread_t handle, void **result,
                                         const struct timespec *until)
{
    timedjoin_function *next = (timedjoin_function *)next_of(&wrapped_timedjoin);
    ctxt_task_id_t task = threads_find(handle);
    if (!task)
        return next(handle, result, until);
    int error;
    threads_remove(handle);
    uint32_t token = begin(task, CLOCK_REALTIME, until);
    pthread_cleanup_push(wait_end_at, &token);
    error = next(handle, result, until);
    pthread_cleanup_pop(1);
    return finish(error, handle, task);
}

PRELOAD_WRAPPER int pthread_clockjoin_np(pthread_t handle, void **result, clockid_t clock,
                                         const struct timespec *until)
{
    clockjoin_function *next = (clockjoin_function *)next_of(&wrapped_clockjoin);
    ctxt_task_id_t task = threads_find(handle);
    if (!task)
        return next(handle, result, clock, until);
    int error;
    threads_remove(handle);
    uint32_t token = begin(task, clock, until);
    pthread_cleanup_push(wait_end_at, &token);
    error = next(handle, result, clock, until);
    pthread_cleanup_pop(1);
    return finish(error, handle, task);
}

PRELOAD_WRAPPER int pthread_detach(pthread_t handle)
{
    detach_function *next = (detach_function *)next_of(&wrapped_detach);
    ctxt_task_id_t task = threads_find(handle);
    if (!task)
        return next(handle);
    threads_remove(handle);
    int error = next(handle);
    if (error)
        threads_add(handle, task);
    else
        ctxt_task_detached(task);
    return error;
}

PRELOAD_WRAPPER int pthread_setname_np(pthread_t handle, const char *name)
{
    setname_function *next = (setname_function *)next_of(&wrapped_setname);
    int error = next(handle, name);
    if (error)
        return error;
    ctxt_task_id_t task = threads_find(handle);
    if (!task && pthread_equal(handle, pthread_self()))
        task = ctxt_task_self();
    ctxt_task_named(task, name);
    return 0;
}
