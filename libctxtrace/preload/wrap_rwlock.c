/* Reader-writer locks: only those that are contended. */
#include "preload/blocking.h"
#include "preload/libc_lock.h"

#include <errno.h>

struct wrapped wrapped_rdlock = {.name = "pthread_rwlock_rdlock"};
struct wrapped wrapped_wrlock = {.name = "pthread_rwlock_wrlock"};
struct wrapped wrapped_tryrdlock = {.name = "pthread_rwlock_tryrdlock"};
struct wrapped wrapped_trywrlock = {.name = "pthread_rwlock_trywrlock"};
struct wrapped wrapped_timedrdlock = {.name = "pthread_rwlock_timedrdlock"};
struct wrapped wrapped_timedwrlock = {.name = "pthread_rwlock_timedwrlock"};
struct wrapped wrapped_clockrdlock = {.name = "pthread_rwlock_clockrdlock"};
struct wrapped wrapped_clockwrlock = {.name = "pthread_rwlock_clockwrlock"};

typedef int lock_function(pthread_rwlock_t *);
typedef int timedlock_function(pthread_rwlock_t *, const struct timespec *);
typedef int clocklock_function(pthread_rwlock_t *, clockid_t, const struct timespec *);

static inline int try_to_read(pthread_rwlock_t *lock)
{
    return ((lock_function *)next_instead(&wrapped_tryrdlock, pthread_rwlock_tryrdlock))(lock);
}

static inline int try_to_write(pthread_rwlock_t *lock)
{
    return ((lock_function *)next_instead(&wrapped_trywrlock, pthread_rwlock_trywrlock))(lock);
}

/* The way to a lock that is free is kept short; see wrap_mutex.c. */
static bool fails_at_once(const pthread_rwlock_t *lock)
{
    return libc_lock_fails_for_holder(&(struct lock_name){CTXT_WAIT_RWLOCK, lock});
}

static void begin(struct blocking *blocking, const pthread_rwlock_t *lock,
                  enum ctxt_wait_operation operation, clockid_t clock, const struct timespec *until)
{
    blocking_begin(blocking, &(struct blocked_on){.object = CTXT_WAIT_RWLOCK,
                                                  .operation = operation,
                                                  .address = lock,
                                                  .clock = clock,
                                                  .until = until});
}

/* The three kinds of function; `operation` says for what it is. */
static OUT_OF_LINE int wait_for(pthread_rwlock_t *lock, enum ctxt_wait_operation operation,
                                lock_function *next)
{
    if (fails_at_once(lock))
        return next(lock);
    int error;
    struct blocking blocking;
    begin(&blocking, lock, operation, CLOCK_REALTIME, NULL);
    pthread_cleanup_push(blocking_end, &blocking);
    error = next(lock);
    blocking.got_lock = error == 0;
    pthread_cleanup_pop(1);
    return error;
}

static OUT_OF_LINE int wait_until_time(pthread_rwlock_t *lock, enum ctxt_wait_operation operation,
                                       const struct timespec *until, timedlock_function *next)
{
    if (fails_at_once(lock))
        return next(lock, until);
    int error;
    struct blocking blocking;
    begin(&blocking, lock, operation, CLOCK_REALTIME, until);
    pthread_cleanup_push(blocking_end, &blocking);
    error = next(lock, until);
    blocking.got_lock = error == 0;
    pthread_cleanup_pop(1);
    return error;
}

static OUT_OF_LINE int wait_by_clock(pthread_rwlock_t *lock, enum ctxt_wait_operation operation,
                                     clockid_t clock, const struct timespec *until,
                                     clocklock_function *next)
{
    if (fails_at_once(lock))
        return next(lock, clock, until);
    int error;
    struct blocking blocking;
    begin(&blocking, lock, operation, clock, until);
    pthread_cleanup_push(blocking_end, &blocking);
    error = next(lock, clock, until);
    blocking.got_lock = error == 0;
    pthread_cleanup_pop(1);
    return error;
}

/* A time that is none, or a clock, is refused even if the lock is free. */
static bool is_refused(clockid_t clock, const struct timespec *until)
{
    return (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC) || until->tv_nsec < 0 ||
           until->tv_nsec >= CTXT_SECOND;
}

PRELOAD_WRAPPER int pthread_rwlock_rdlock(pthread_rwlock_t *lock)
{
    int error = try_to_read(lock);
    return error != EBUSY
               ? error
               : wait_for(lock, CTXT_WAIT_TO_READ_LOCK, (lock_function *)next_of(&wrapped_rdlock));
}

PRELOAD_WRAPPER int pthread_rwlock_wrlock(pthread_rwlock_t *lock)
{
    int error = try_to_write(lock);
    return error != EBUSY
               ? error
               : wait_for(lock, CTXT_WAIT_TO_LOCK, (lock_function *)next_of(&wrapped_wrlock));
}

PRELOAD_WRAPPER int pthread_rwlock_timedrdlock(pthread_rwlock_t *lock, const struct timespec *until)
{
    int error = is_refused(CLOCK_REALTIME, until) ? EBUSY : try_to_read(lock);
    return error != EBUSY ? error
                          : wait_until_time(lock, CTXT_WAIT_TO_READ_LOCK, until,
                                            (timedlock_function *)next_of(&wrapped_timedrdlock));
}

PRELOAD_WRAPPER int pthread_rwlock_timedwrlock(pthread_rwlock_t *lock, const struct timespec *until)
{
    int error = is_refused(CLOCK_REALTIME, until) ? EBUSY : try_to_write(lock);
    return error != EBUSY ? error
                          : wait_until_time(lock, CTXT_WAIT_TO_LOCK, until,
                                            (timedlock_function *)next_of(&wrapped_timedwrlock));
}

PRELOAD_WRAPPER int pthread_rwlock_clockrdlock(pthread_rwlock_t *lock, clockid_t clock,
                                               const struct timespec *until)
{
    int error = is_refused(clock, until) ? EBUSY : try_to_read(lock);
    return error != EBUSY ? error
                          : wait_by_clock(lock, CTXT_WAIT_TO_READ_LOCK, clock, until,
                                          (clocklock_function *)next_of(&wrapped_clockrdlock));
}

PRELOAD_WRAPPER int pthread_rwlock_clockwrlock(pthread_rwlock_t *lock, clockid_t clock,
                                               const struct timespec *until)
{
    int error = is_refused(clock, until) ? EBUSY : try_to_write(lock);
    return error != EBUSY ? error
                          : wait_by_clock(lock, CTXT_WAIT_TO_LOCK, clock, until,
                                          (clocklock_function *)next_of(&wrapped_clockwrlock));
}
