/* Mutexes and reader-writer locks: only those that are contended, and who holds them. */
#include "preload/preload.h"

#include <errno.h>

struct wrapped wrapped_mutex_lock = {.name = "pthread_mutex_lock"};
struct wrapped wrapped_mutex_timedlock = {.name = "pthread_mutex_timedlock"};
struct wrapped wrapped_mutex_clocklock = {.name = "pthread_mutex_clocklock"};
struct wrapped wrapped_rdlock = {.name = "pthread_rwlock_rdlock"};
struct wrapped wrapped_wrlock = {.name = "pthread_rwlock_wrlock"};

typedef int lock_function(pthread_mutex_t *);
typedef int timedlock_function(pthread_mutex_t *, const struct timespec *);
typedef int clocklock_function(pthread_mutex_t *, clockid_t, const struct timespec *);
typedef int rwlock_function(pthread_rwlock_t *);

/* glibc keeps the holder's tid in the mutex; a look at it may come too late, and is then wrong. */
static ctxt_task_id_t holder_of(const pthread_mutex_t *mutex)
{
    return threads_of_tid(__atomic_load_n(&mutex->__data.__owner, __ATOMIC_RELAXED));
}

PRELOAD_WRAPPER int pthread_mutex_lock(pthread_mutex_t *mutex)
{
    lock_function *next = (lock_function *)next_of(&wrapped_mutex_lock);
    if (from_library(__builtin_return_address(0)))
        return next(mutex);
    int error = pthread_mutex_trylock(mutex);
    if (error != EBUSY)
        return error;
    uint32_t token = wait_begin(CTXT_WAIT_MUTEX, CTXT_WAIT_TO_LOCK, mutex, holder_of(mutex),
                                CLOCK_REALTIME, NULL);
    error = next(mutex);
    ctxt_wait_end(token);
    return error;
}

PRELOAD_WRAPPER int pthread_mutex_timedlock(pthread_mutex_t *mutex, const struct timespec *until)
{
    timedlock_function *next = (timedlock_function *)next_of(&wrapped_mutex_timedlock);
    int error = pthread_mutex_trylock(mutex);
    if (error != EBUSY)
        return error;
    uint32_t token = wait_begin(CTXT_WAIT_MUTEX, CTXT_WAIT_TO_LOCK, mutex, holder_of(mutex),
                                CLOCK_REALTIME, until);
    error = next(mutex, until);
    ctxt_wait_end(token);
    return error;
}

PRELOAD_WRAPPER int pthread_mutex_clocklock(pthread_mutex_t *mutex, clockid_t clock,
                                            const struct timespec *until)
{
    clocklock_function *next = (clocklock_function *)next_of(&wrapped_mutex_clocklock);
    int error = pthread_mutex_trylock(mutex);
    if (error != EBUSY)
        return error;
    uint32_t token =
        wait_begin(CTXT_WAIT_MUTEX, CTXT_WAIT_TO_LOCK, mutex, holder_of(mutex), clock, until);
    error = next(mutex, clock, until);
    ctxt_wait_end(token);
    return error;
}

PRELOAD_WRAPPER int pthread_rwlock_rdlock(pthread_rwlock_t *lock)
{
    rwlock_function *next = (rwlock_function *)next_of(&wrapped_rdlock);
    int error = pthread_rwlock_tryrdlock(lock);
    if (error != EBUSY)
        return error;
    uint32_t token = wait_begin(CTXT_WAIT_RWLOCK, CTXT_WAIT_TO_READ_LOCK, lock,
                                threads_of_tid(lock->__data.__cur_writer), CLOCK_REALTIME, NULL);
    error = next(lock);
    ctxt_wait_end(token);
    return error;
}

PRELOAD_WRAPPER int pthread_rwlock_wrlock(pthread_rwlock_t *lock)
{
    rwlock_function *next = (rwlock_function *)next_of(&wrapped_wrlock);
    int error = pthread_rwlock_trywrlock(lock);
    if (error != EBUSY)
        return error;
    uint32_t token = wait_begin(CTXT_WAIT_RWLOCK, CTXT_WAIT_TO_LOCK, lock,
                                threads_of_tid(lock->__data.__cur_writer), CLOCK_REALTIME, NULL);
    error = next(lock);
    ctxt_wait_end(token);
    return error;
}
