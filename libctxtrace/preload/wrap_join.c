/* Joining, detaching and naming threads. */
#include "preload/joins.h"

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

PRELOAD_WRAPPER int pthread_join(pthread_t handle, void **result)
{
    join_function *next = (join_function *)next_of(&wrapped_join);
    ctxt_task_id_t task = from_library(__builtin_return_address(0)) ? 0 : joins_task_of(handle);
    if (!task)
        return next(handle, result);
    int error;
    struct blocking blocking;
    joins_begin(&blocking, task, CLOCK_REALTIME, NULL);
    pthread_cleanup_push(blocking_end, &blocking);
    error = next(handle, result);
    pthread_cleanup_pop(1);
    return joins_finish(error, handle, task);
}

PRELOAD_WRAPPER int pthread_tryjoin_np(pthread_t handle, void **result)
{
    join_function *next = (join_function *)next_of(&wrapped_tryjoin);
    ctxt_task_id_t task = joins_task_of(handle);
    int error = next(handle, result);
    return task ? joins_finish(error, handle, task) : error;
}

PRELOAD_WRAPPER int pthread_timedjoin_np(pthread_t handle, void **result,
                                         const struct timespec *until)
{
    timedjoin_function *next = (timedjoin_function *)next_of(&wrapped_timedjoin);
    ctxt_task_id_t task = joins_task_of(handle);
    if (!task)
        return next(handle, result, until);
    int error;
    struct blocking blocking;
    joins_begin(&blocking, task, CLOCK_REALTIME, until);
    pthread_cleanup_push(blocking_end, &blocking);
    error = next(handle, result, until);
    pthread_cleanup_pop(1);
    return joins_finish(error, handle, task);
}

PRELOAD_WRAPPER int pthread_clockjoin_np(pthread_t handle, void **result, clockid_t clock,
                                         const struct timespec *until)
{
    clockjoin_function *next = (clockjoin_function *)next_of(&wrapped_clockjoin);
    ctxt_task_id_t task = joins_task_of(handle);
    if (!task)
        return next(handle, result, clock, until);
    int error;
    struct blocking blocking;
    joins_begin(&blocking, task, clock, until);
    pthread_cleanup_push(blocking_end, &blocking);
    error = next(handle, result, clock, until);
    pthread_cleanup_pop(1);
    return joins_finish(error, handle, task);
}

PRELOAD_WRAPPER int pthread_detach(pthread_t handle)
{
    detach_function *next = (detach_function *)next_of(&wrapped_detach);
    ctxt_task_id_t task = from_library(__builtin_return_address(0)) ? 0 : joins_task_of(handle);
    int error = next(handle);
    if (!error && task)
        joins_detached(handle, task);
    return error;
}

PRELOAD_WRAPPER int pthread_setname_np(pthread_t handle, const char *name)
{
    setname_function *next = (setname_function *)next_of(&wrapped_setname);
    ctxt_task_id_t task = from_library(__builtin_return_address(0)) ? 0 : joins_task_of(handle);
    bool is_self = pthread_equal(handle, pthread_self());
    int error = next(handle, name);
    if (error || from_library(__builtin_return_address(0)))
        return error;
    struct quiet quiet;
    quiet_begin(&quiet);
    ctxt_task_named(task || !is_self ? task : ctxt_task_self(), name);
    quiet_end(&quiet);
    return 0;
}
