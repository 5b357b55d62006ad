/* Mutexes: only those that are contended. */
#include "preload/blocking.h"
#include "preload/libc_lock.h"

#include <errno.h>

struct wrapped wrapped_mutex_lock = {.name = "pthread_mutex_lock"};
struct wrapped wrapped_mutex_trylock = {.name = "pthread_mutex_trylock"};
struct wrapped wrapped_mutex_timedlock = {.name = "pthread_mutex_timedlock"};
struct wrapped wrapped_mutex_clocklock = {.name = "pthread_mutex_clocklock"};

typedef int lock_function(pthread_mutex_t *);
typedef int timedlock_function(pthread_mutex_t *, const struct timespec *);
typedef int clocklock_function(pthread_mutex_t *, clockid_t, const struct timespec *);

static inline int try(pthread_mutex_t *mutex)
{
    return ((lock_function *)next_instead(&wrapped_mutex_trylock, pthread_mutex_trylock))(mutex);
}

/*
 * The way to a lock that is free is kept short: what waits stands apart, in functions of its own.
 * A lock call is no cancellation point, but a signal handler may end the thread.
 */
static bool fails_at_once(const pthread_mutex_t *mutex)
{
    return libc_lock_fails_for_holder(&(struct lock_name){CTXT_WAIT_MUTEX, mutex});
}

static void begin(struct blocking *blocking, const pthread_mutex_t *mutex, clockid_t clock,
                  const struct timespec *until)
{
    blocking_begin(blocking, &(struct blocked_on){.object = CTXT_WAIT_MUTEX,
                                                  .operation = CTXT_WAIT_TO_LOCK,
                                                  .address = mutex,
                                                  .clock = clock,
                                                  .until = until});
}

static OUT_OF_LINE int wait_to_lock(pthread_mutex_t *mutex, const void *caller)
{
    lock_function *next = (lock_function *)next_of(&wrapped_mutex_lock);
    if (from_library(caller) || fails_at_once(mutex))
        return next(mutex);
    int error;
    struct blocking blocking;
    begin(&blocking, mutex, CLOCK_REALTIME, NULL);
    pthread_cleanup_push(blocking_end, &blocking);
    error = next(mutex);
    blocking.got_lock = error == 0;
    pthread_cleanup_pop(1);
    return error;
}

PRELOAD_WRAPPER int pthread_mutex_lock(pthread_mutex_t *mutex)
{
    int error = try(mutex);
    return error != EBUSY ? error : wait_to_lock(mutex, __builtin_return_address(0));
}

static OUT_OF_LINE int wait_until_time(pthread_mutex_t *mutex, const struct timespec *until)
{
    timedlock_function *next = (timedlock_function *)next_of(&wrapped_mutex_timedlock);
    if (fails_at_once(mutex))
        return next(mutex, until);
    int error;
    struct blocking blocking;
    begin(&blocking, mutex, CLOCK_REALTIME, until);
    pthread_cleanup_push(blocking_end, &blocking);
    error = next(mutex, until);
    blocking.got_lock = error == 0;
    pthread_cleanup_pop(1);
    return error;
}

PRELOAD_WRAPPER int pthread_mutex_timedlock(pthread_mutex_t *mutex, const struct timespec *until)
{
    int error = try(mutex);
    return error != EBUSY ? error : wait_until_time(mutex, until);
}

static OUT_OF_LINE int wait_by_clock(pthread_mutex_t *mutex, clockid_t clock,
                                     const struct timespec *until)
{
    clocklock_function *next = (clocklock_function *)next_of(&wrapped_mutex_clocklock);
    if (fails_at_once(mutex))
        return next(mutex, clock, until);
    int error;
    struct blocking blocking;
    begin(&blocking, mutex, clock, until);
    pthread_cleanup_push(blocking_end, &blocking);
    error = next(mutex, clock, until);
    blocking.got_lock = error == 0;
    pthread_cleanup_pop(1);
    return error;
}

PRELOAD_WRAPPER int pthread_mutex_clocklock(pthread_mutex_t *mutex, clockid_t clock,
                                            const struct timespec *until)
{
    clocklock_function *next = (clocklock_function *)next_of(&wrapped_mutex_clocklock);
    if (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC)
        return next(mutex, clock, until); /* which refuses it even if the mutex is free */
    int error = try(mutex);
    return error != EBUSY ? error : wait_by_clock(mutex, clock, until);
}
