/* Condition variables. Cancellation points: a cancelled wait is ended by its cleanup. */
#include "preload/blocking.h"

#if HAS_OLD_VERSIONS
#define COND_VERSION "GLIBC_2.3.2"
#define COND_OLDEST  OLD_VERSION
#else
#define COND_VERSION NULL
#define COND_OLDEST  NULL
#endif

#define COND_WAIT(asked_)                                                                          \
    {                                                                                              \
        .name = "pthread_cond_wait", .version = COND_VERSION, .oldest = COND_OLDEST,               \
        .asked = asked_                                                                            \
    }
#define COND_TIMEDWAIT(asked_)                                                                     \
    {                                                                                              \
        .name = "pthread_cond_timedwait", .version = COND_VERSION, .oldest = COND_OLDEST,          \
        .asked = asked_                                                                            \
    }

struct wrapped wrapped_cond_wait = COND_WAIT(NEWEST);
struct wrapped wrapped_cond_timedwait = COND_TIMEDWAIT(NEWEST);
struct wrapped wrapped_cond_clockwait = {.name = "pthread_cond_clockwait"};

typedef int cond_function(pthread_cond_t *, pthread_mutex_t *);
typedef int cond_timed_function(pthread_cond_t *, pthread_mutex_t *, const struct timespec *);
typedef int cond_clock_function(pthread_cond_t *, pthread_mutex_t *, clockid_t,
                                const struct timespec *);

/* In glibc the second bit of its waiters' word says which clock a condition goes by. */
static clockid_t clock_of(const pthread_cond_t *condition)
{
    return __atomic_load_n(&condition->__data.__wrefs, __ATOMIC_RELAXED) & 2 ? CLOCK_MONOTONIC
                                                                             : CLOCK_REALTIME;
}

static void begin(struct blocking *blocking, const pthread_cond_t *condition,
                  const pthread_mutex_t *mutex, clockid_t clock, const struct timespec *until)
{
    blocking_begin(blocking, &(struct blocked_on){.object = CTXT_WAIT_CONDITION,
                                                  .operation = CTXT_WAIT_FOR_SIGNAL,
                                                  .address = condition,
                                                  .released = mutex,
                                                  .clock = clock,
                                                  .until = until});
}

static int wait(struct wrapped *wrapped, pthread_cond_t *condition, pthread_mutex_t *mutex)
{
    cond_function *next = (cond_function *)next_of(wrapped);
    int error;
    struct blocking blocking;
    begin(&blocking, condition, mutex, CLOCK_REALTIME, NULL);
    pthread_cleanup_push(blocking_end, &blocking);
    error = next(condition, mutex);
    pthread_cleanup_pop(1);
    return error;
}

static int wait_until(struct wrapped *wrapped, pthread_cond_t *condition, pthread_mutex_t *mutex,
                      clockid_t clock, const struct timespec *until)
{
    cond_timed_function *next = (cond_timed_function *)next_of(wrapped);
    int error;
    struct blocking blocking;
    begin(&blocking, condition, mutex, clock, until);
    pthread_cleanup_push(blocking_end, &blocking);
    error = next(condition, mutex, until);
    pthread_cleanup_pop(1);
    return error;
}

PRELOAD_WRAPPER int pthread_cond_wait(pthread_cond_t *condition, pthread_mutex_t *mutex)
{
    return wait(&wrapped_cond_wait, condition, mutex);
}

PRELOAD_WRAPPER int pthread_cond_timedwait(pthread_cond_t *condition, pthread_mutex_t *mutex,
                                           const struct timespec *until)
{
    return wait_until(&wrapped_cond_timedwait, condition, mutex, clock_of(condition), until);
}

PRELOAD_WRAPPER int pthread_cond_clockwait(pthread_cond_t *condition, pthread_mutex_t *mutex,
                                           clockid_t clock, const struct timespec *until)
{
    cond_clock_function *next = (cond_clock_function *)next_of(&wrapped_cond_clockwait);
    int error;
    struct blocking blocking;
    begin(&blocking, condition, mutex, clock, until);
    pthread_cleanup_push(blocking_end, &blocking);
    error = next(condition, mutex, clock, until);
    pthread_cleanup_pop(1);
    return error;
}

#if HAS_OLD_VERSIONS

/* The condition of a binary of another age goes by the time of day. */

struct wrapped wrapped_old_cond_wait = COND_WAIT(OLDEST);
struct wrapped wrapped_old_cond_timedwait = COND_TIMEDWAIT(OLDEST);
struct wrapped wrapped_any_cond_wait = COND_WAIT(UNVERSIONED);
struct wrapped wrapped_any_cond_timedwait = COND_TIMEDWAIT(UNVERSIONED);

PRELOAD_WRAPPER cond_function old_cond_wait, any_cond_wait;
PRELOAD_WRAPPER cond_timed_function old_cond_timedwait, any_cond_timedwait;
WRAPS_OLD(old_cond_wait, pthread_cond_wait);
WRAPS_OLD(old_cond_timedwait, pthread_cond_timedwait);
WRAPS_UNVERSIONED(any_cond_wait, pthread_cond_wait);
WRAPS_UNVERSIONED(any_cond_timedwait, pthread_cond_timedwait);

int old_cond_wait(pthread_cond_t *condition, pthread_mutex_t *mutex)
{
    return wait(&wrapped_old_cond_wait, condition, mutex);
}

int any_cond_wait(pthread_cond_t *condition, pthread_mutex_t *mutex)
{
    return wait(&wrapped_any_cond_wait, condition, mutex);
}

int old_cond_timedwait(pthread_cond_t *condition, pthread_mutex_t *mutex,
                       const struct timespec *until)
{
    return wait_until(&wrapped_old_cond_timedwait, condition, mutex, CLOCK_REALTIME, until);
}

int any_cond_timedwait(pthread_cond_t *condition, pthread_mutex_t *mutex,
                       const struct timespec *until)
{
    return wait_until(&wrapped_any_cond_timedwait, condition, mutex, CLOCK_REALTIME, until);
}

#endif
