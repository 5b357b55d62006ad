/* Reader-writer locks: only those that are contended. */
#include "preload/blocking.h"

#include <errno.h>

struct wrapped wrapped_rdlock = {.name = "pthread_rwlock_rdlock"};
struct wrapped wrapped_wrlock = {.name = "pthread_rwlock_wrlock"};
struct wrapped wrapped_timedrdlock = {.name = "pthread_rwlock_timedrdlock"};
struct wrapped wrapped_timedwrlock = {.name = "pthread_rwlock_timedwrlock"};
struct wrapped wrapped_clockrdlock = {.name = "pthread_rwlock_clockrdlock"};
struct wrapped wrapped_clockwrlock = {.name = "pthread_rwlock_clockwrlock"};

typedef int lock_function(pthread_rwlock_t *);
typedef int timedlock_function(pthread_rwlock_t *, const struct timespec *);
typedef int clocklock_function(pthread_rwlock_t *, clockid_t, const struct timespec *);

static void begin(struct blocking *blocking, const pthread_rwlock_t *lock,
                  enum ctxt_wait_operation operation, clockid_t clock, const struct timespec *until)
{
    blocking_begin(blocking, &(struct blocked_on){.object = CTXT_WAIT_RWLOCK,
                                                  .operation = operation,
                                                  .address = lock,
                                                  .clock = clock,
                                                  .until = until});
}

/* A time that is none, or a clock, is refused even if the lock is free. */
static bool is_refused(clockid_t clock, const struct timespec *until)
{
    return (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC) || until->tv_nsec < 0 ||
           until->tv_nsec >= CTXT_SECOND;
}

PRELOAD_WRAPPER int pthread_rwlock_rdlock(pthread_rwlock_t *lock)
{
    lock_function *next = (lock_function *)next_of(&wrapped_rdlock);
    int error = pthread_rwlock_tryrdlock(lock);
    if (error != EBUSY)
        return error;
    struct blocking blocking;
    begin(&blocking, lock, CTXT_WAIT_TO_READ_LOCK, CLOCK_REALTIME, NULL);
    error = next(lock);
    blocking_end(&blocking);
    return error;
}

PRELOAD_WRAPPER int pthread_rwlock_wrlock(pthread_rwlock_t *lock)
{
    lock_function *next = (lock_function *)next_of(&wrapped_wrlock);
    int error = pthread_rwlock_trywrlock(lock);
    if (error != EBUSY)
        return error;
    struct blocking blocking;
    begin(&blocking, lock, CTXT_WAIT_TO_LOCK, CLOCK_REALTIME, NULL);
    error = next(lock);
    blocking_end(&blocking);
    return error;
}

PRELOAD_WRAPPER int pthread_rwlock_timedrdlock(pthread_rwlock_t *lock, const struct timespec *until)
{
    timedlock_function *next = (timedlock_function *)next_of(&wrapped_timedrdlock);
    int error = is_refused(CLOCK_REALTIME, until) ? EBUSY : pthread_rwlock_tryrdlock(lock);
    if (error != EBUSY)
        return error;
    struct blocking blocking;
    begin(&blocking, lock, CTXT_WAIT_TO_READ_LOCK, CLOCK_REALTIME, until);
    error = next(lock, until);
    blocking_end(&blocking);
    return error;
}

PRELOAD_WRAPPER int pthread_rwlock_timedwrlock(pthread_rwlock_t *lock, const struct timespec *until)
{
    timedlock_function *next = (timedlock_function *)next_of(&wrapped_timedwrlock);
    int error = is_refused(CLOCK_REALTIME, until) ? EBUSY : pthread_rwlock_trywrlock(lock);
    if (error != EBUSY)
        return error;
    struct blocking blocking;
    begin(&blocking, lock, CTXT_WAIT_TO_LOCK, CLOCK_REALTIME, until);
    error = next(lock, until);
    blocking_end(&blocking);
    return error;
}

PRELOAD_WRAPPER int pthread_rwlock_clockrdlock(pthread_rwlock_t *lock, clockid_t clock,
                                               const struct timespec *until)
{
    clocklock_function *next = (clocklock_function *)next_of(&wrapped_clockrdlock);
    int error = is_refused(clock, until) ? EBUSY : pthread_rwlock_tryrdlock(lock);
    if (error != EBUSY)
        return error;
    struct blocking blocking;
    begin(&blocking, lock, CTXT_WAIT_TO_READ_LOCK, clock, until);
    error = next(lock, clock, until);
    blocking_end(&blocking);
    return error;
}

PRELOAD_WRAPPER int pthread_rwlock_clockwrlock(pthread_rwlock_t *lock, clockid_t clock,
                                               const struct timespec *until)
{
    clocklock_function *next = (clocklock_function *)next_of(&wrapped_clockwrlock);
    int error = is_refused(clock, until) ? EBUSY : pthread_rwlock_trywrlock(lock);
    if (error != EBUSY)
        return error;
    struct blocking blocking;
    begin(&blocking, lock, CTXT_WAIT_TO_LOCK, clock, until);
    error = next(lock, clock, until);
    blocking_end(&blocking);
    return error;
}
