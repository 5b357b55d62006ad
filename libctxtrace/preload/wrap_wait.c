/* Condition variables and semaphores. Cancellation points: a cancelled wait is ended by its
 * cleanup. */
#include "preload/preload.h"

#include <errno.h>
#include <semaphore.h>

#if defined(__x86_64__)
#define COND_VERSION "GLIBC_2.3.2" /* older ones are kept for binaries of another age */
#else
#define COND_VERSION NULL
#endif

struct wrapped wrapped_cond_wait = {.name = "pthread_cond_wait", .version = COND_VERSION};
struct wrapped wrapped_cond_timedwait = {.name = "pthread_cond_timedwait", .version = COND_VERSION};
struct wrapped wrapped_cond_clockwait = {.name = "pthread_cond_clockwait"};
struct wrapped wrapped_sem_wait = {.name = "sem_wait"};
struct wrapped wrapped_sem_timedwait = {.name = "sem_timedwait"};

typedef int cond_function(pthread_cond_t *, pthread_mutex_t *);
typedef int cond_timed_function(pthread_cond_t *, pthread_mutex_t *, const struct timespec *);
typedef int cond_clock_function(pthread_cond_t *, pthread_mutex_t *, clockid_t,
                                const struct timespec *);
typedef int sem_function(sem_t *);
typedef int sem_timed_function(sem_t *, const struct timespec *);

/* Which clock a condition goes by is in its internals; the second bit of its waiters' word says it.
 */
static clockid_t clock_of(const pthread_cond_t *condition)
{
    return condition->__data.__wrefs & 2 ? CLOCK_MONOTONIC : CLOCK_REALTIME;
}

PRELOAD_WRAPPER int pthread_cond_wait(pthread_cond_t *condition, pthread_mutex_t *mutex)
{
    cond_function *next = (cond_function *)next_of(&wrapped_cond_wait);
    int error;
    uint32_t token =
        wait_begin(CTXT_WAIT_CONDITION, CTXT_WAIT_FOR_SIGNAL, condition, 0, CLOCK_REALTIME, NULL);
    pthread_cleanup_push(wait_end_at, &token);
    error = next(condition, mutex);
    pthread_cleanup_pop(1);
    return error;
}

PRELOAD_WRAPPER int pthread_cond_timedwait(pthread_cond_t *condition, pthread_mutex_t *mutex,
                                           const struct timespec *until)
{
    cond_timed_function *next = (cond_timed_function *)next_of(&wrapped_cond_timedwait);
    int error;
    uint32_t token = wait_begin(CTXT_WAIT_CONDITION, CTXT_WAIT_FOR_SIGNAL, condition, 0,
                                clock_of(condition), until);
    pthread_cleanup_push(wait_end_at, &token);
    error = next(condition, mutex, until);
    pthread_cleanup_pop(1);
    return error;
}

PRELOAD_WRAPPER int pthread_cond_clockwait(pthread_cond_t *condition, pthread_mutex_t *mutex,
                                           clockid_t clock, const struct timespec *until)
{
    cond_clock_function *next = (cond_clock_function *)next_of(&wrapped_cond_clockwait);
    int error;
    uint32_t token =
        wait_begin(CTXT_WAIT_CONDITION, CTXT_WAIT_FOR_SIGNAL, condition, 0, clock, until);
    pthread_cleanup_push(wait_end_at, &token);
    error = next(condition, mutex, clock, until);
    pthread_cleanup_pop(1);
    return error;
}

PRELOAD_WRAPPER int sem_wait(sem_t *semaphore)
{
    sem_function *next = (sem_function *)next_of(&wrapped_sem_wait);
    int saved = errno, result;
    if (sem_trywait(semaphore) == 0)
        return 0;
    errno = saved;
    uint32_t token =
        wait_begin(CTXT_WAIT_SEMAPHORE, CTXT_WAIT_TO_ACQUIRE, semaphore, 0, CLOCK_REALTIME, NULL);
    pthread_cleanup_push(wait_end_at, &token);
    result = next(semaphore);
    pthread_cleanup_pop(1);
    return result;
}

PRELOAD_WRAPPER int sem_timedwait(sem_t *semaphore, const struct timespec *until)
{
    sem_timed_function *next = (sem_timed_function *)next_of(&wrapped_sem_timedwait);
    int saved = errno, result;
    if (sem_trywait(semaphore) == 0)
        return 0;
    errno = saved;
    uint32_t token =
        wait_begin(CTXT_WAIT_SEMAPHORE, CTXT_WAIT_TO_ACQUIRE, semaphore, 0, CLOCK_REALTIME, until);
    pthread_cleanup_push(wait_end_at, &token);
    result = next(semaphore, until);
    pthread_cleanup_pop(1);
    return result;
}
