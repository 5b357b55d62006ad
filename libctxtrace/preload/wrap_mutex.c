/* Mutexes: only those that are contended. */
#include "preload/blocking.h"

#include <errno.h>

struct wrapped wrapped_mutex_lock = {.name = "pthread_mutex_lock"};
struct wrapped wrapped_mutex_timedlock = {.name = "pthread_mutex_timedlock"};
struct wrapped wrapped_mutex_clocklock = {.name = "pthread_mutex_clocklock"};

typedef int lock_function(pthread_mutex_t *);
typedef int timedlock_function(pthread_mutex_t *, const struct timespec *);
typedef int clocklock_function(pthread_mutex_t *, clockid_t, const struct timespec *);

static void begin(struct blocking *blocking, const pthread_mutex_t *mutex, clockid_t clock,
                  const struct timespec *until)
{
    blocking_begin(blocking, &(struct blocked_on){.object = CTXT_WAIT_MUTEX,
                                                  .operation = CTXT_WAIT_TO_LOCK,
                                                  .address = mutex,
                                                  .clock = clock,
                                                  .until = until});
}

PRELOAD_WRAPPER int pthread_mutex_lock(pthread_mutex_t *mutex)
{
    lock_function *next = (lock_function *)next_of(&wrapped_mutex_lock);
    if (from_library(__builtin_return_address(0)))
        return next(mutex);
    int error = pthread_mutex_trylock(mutex);
    if (error != EBUSY)
        return error;
    struct blocking blocking;
    begin(&blocking, mutex, CLOCK_REALTIME, NULL);
    error = next(mutex);
    blocking_end(&blocking);
    return error;
}

PRELOAD_WRAPPER int pthread_mutex_timedlock(pthread_mutex_t *mutex, const struct timespec *until)
{
    timedlock_function *next = (timedlock_function *)next_of(&wrapped_mutex_timedlock);
    int error = pthread_mutex_trylock(mutex);
    if (error != EBUSY)
        return error;
    struct blocking blocking;
    begin(&blocking, mutex, CLOCK_REALTIME, until);
    error = next(mutex, until);
    blocking_end(&blocking);
    return error;
}

PRELOAD_WRAPPER int pthread_mutex_clocklock(pthread_mutex_t *mutex, clockid_t clock,
                                            const struct timespec *until)
{
    clocklock_function *next = (clocklock_function *)next_of(&wrapped_mutex_clocklock);
    if (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC)
        return next(mutex, clock, until); /* which refuses it even if the mutex is free */
    int error = pthread_mutex_trylock(mutex);
    if (error != EBUSY)
        return error;
    struct blocking blocking;
    begin(&blocking, mutex, clock, until);
    error = next(mutex, clock, until);
    blocking_end(&blocking);
    return error;
}
