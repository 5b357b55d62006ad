/*
 * The threads of C11. In glibc a mtx_t, cnd_t and thrd_t is what POSIX has under another name, and
 * its functions do not go through those of POSIX where we could see them: they are wrapped as those
 * are (wrap_mutex.c, wrap_cond.c, wrap_join.c; thrd_create() is in wrap_create.c). Times are of
 * TIME_UTC. No thread is cancelled here but in those that POSIX makes cancellation points.
 */
#include "preload/c11.h"
#include "preload/joins.h"

#include <threads.h>

struct wrapped wrapped_mtx_lock = {.name = "mtx_lock"};
struct wrapped wrapped_mtx_timedlock = {.name = "mtx_timedlock"};
struct wrapped wrapped_mtx_trylock = {.name = "mtx_trylock"};
struct wrapped wrapped_cnd_wait = {.name = "cnd_wait"};
struct wrapped wrapped_cnd_timedwait = {.name = "cnd_timedwait"};
struct wrapped wrapped_thrd_join = {.name = "thrd_join"};
struct wrapped wrapped_thrd_detach = {.name = "thrd_detach"};

typedef int mutex_function(mtx_t *);
typedef int timed_mutex_function(mtx_t *, const struct timespec *);
typedef int condition_function(cnd_t *, mtx_t *);
typedef int timed_condition_function(cnd_t *, mtx_t *, const struct timespec *);
typedef int join_function(thrd_t, int *);
typedef int detach_function(thrd_t);

/* ---- mutexes ---- */

static inline int try(mtx_t *mutex)
{
    return ((mutex_function *)next_instead(&wrapped_mtx_trylock, mtx_trylock))(mutex);
}

static void begin_lock(struct blocking *blocking, const mtx_t *mutex, const struct timespec *until)
{
    blocking_begin(blocking, &(struct blocked_on){.object = CTXT_WAIT_MUTEX,
                                                  .operation = CTXT_WAIT_TO_LOCK,
                                                  .address = mutex,
                                                  .clock = CLOCK_REALTIME,
                                                  .until = until});
}

static OUT_OF_LINE int wait_to_lock(mtx_t *mutex)
{
    mutex_function *next = (mutex_function *)next_of(&wrapped_mtx_lock);
    int error;
    struct blocking blocking;
    begin_lock(&blocking, mutex, NULL);
    pthread_cleanup_push(blocking_end, &blocking);
    error = next(mutex);
    blocking.got_lock = error == thrd_success;
    pthread_cleanup_pop(1);
    return error;
}

PRELOAD_WRAPPER int mtx_lock(mtx_t *mutex)
{
    if (!c11_is_of_libc)
        return ((mutex_function *)next_of(&wrapped_mtx_lock))(mutex);
    int error = try(mutex);
    return error != thrd_busy ? error : wait_to_lock(mutex);
}

static OUT_OF_LINE int wait_until_time(mtx_t *mutex, const struct timespec *until)
{
    timed_mutex_function *next = (timed_mutex_function *)next_of(&wrapped_mtx_timedlock);
    int error;
    struct blocking blocking;
    begin_lock(&blocking, mutex, until);
    pthread_cleanup_push(blocking_end, &blocking);
    error = next(mutex, until);
    blocking.got_lock = error == thrd_success;
    pthread_cleanup_pop(1);
    return error;
}

PRELOAD_WRAPPER int mtx_timedlock(mtx_t *restrict mutex, const struct timespec *restrict until)
{
    if (!c11_is_of_libc)
        return ((timed_mutex_function *)next_of(&wrapped_mtx_timedlock))(mutex, until);
    int error = try(mutex);
    return error != thrd_busy ? error : wait_until_time(mutex, until);
}

/* ---- conditions ---- */

static void begin_condition(struct blocking *blocking, const cnd_t *condition, const mtx_t *mutex,
                            const struct timespec *until)
{
    blocking_begin(blocking, &(struct blocked_on){.object = CTXT_WAIT_CONDITION,
                                                  .operation = CTXT_WAIT_FOR_SIGNAL,
                                                  .address = condition,
                                                  .released = mutex,
                                                  .clock = CLOCK_REALTIME,
                                                  .until = until});
}

PRELOAD_WRAPPER int cnd_wait(cnd_t *condition, mtx_t *mutex)
{
    condition_function *next = (condition_function *)next_of(&wrapped_cnd_wait);
    if (!c11_is_of_libc)
        return next(condition, mutex);
    int error;
    struct blocking blocking;
    begin_condition(&blocking, condition, mutex, NULL);
    pthread_cleanup_push(blocking_end, &blocking);
    error = next(condition, mutex);
    pthread_cleanup_pop(1);
    return error;
}

PRELOAD_WRAPPER int cnd_timedwait(cnd_t *restrict condition, mtx_t *restrict mutex,
                                  const struct timespec *restrict until)
{
    timed_condition_function *next = (timed_condition_function *)next_of(&wrapped_cnd_timedwait);
    if (!c11_is_of_libc)
        return next(condition, mutex, until);
    int error;
    struct blocking blocking;
    begin_condition(&blocking, condition, mutex, until);
    pthread_cleanup_push(blocking_end, &blocking);
    error = next(condition, mutex, until);
    pthread_cleanup_pop(1);
    return error;
}

/* ---- threads ---- */

PRELOAD_WRAPPER int thrd_join(thrd_t handle, int *result)
{
    join_function *next = (join_function *)next_of(&wrapped_thrd_join);
    ctxt_task_id_t task = c11_is_of_libc ? joins_task_of(handle) : 0;
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

PRELOAD_WRAPPER int thrd_detach(thrd_t handle)
{
    detach_function *next = (detach_function *)next_of(&wrapped_thrd_detach);
    ctxt_task_id_t task = c11_is_of_libc ? joins_task_of(handle) : 0;
    int error = next(handle);
    if (error == thrd_success && task)
        joins_detached(handle, task);
    return error;
}
