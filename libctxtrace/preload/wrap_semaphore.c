/*
 * Semaphores. Cancellation points, also if the semaphore is free; a cancelled wait is ended by its
 * cleanup. A wait that a signal handler interrupts returns EINTR, as libc's does.
 */
#include "preload/blocking.h"

#include <errno.h>
#include <semaphore.h>

struct wrapped wrapped_sem_wait = {.name = "sem_wait"};
struct wrapped wrapped_sem_timedwait = {.name = "sem_timedwait"};
struct wrapped wrapped_sem_clockwait = {.name = "sem_clockwait"};

typedef int sem_function(sem_t *);
typedef int sem_timed_function(sem_t *, const struct timespec *);
typedef int sem_clock_function(sem_t *, clockid_t, const struct timespec *);

static bool take_at_once(sem_t *semaphore)
{
    int saved = errno;
    pthread_testcancel();
    bool taken = sem_trywait(semaphore) == 0;
    errno = saved;
    return taken;
}

/* A time that is none, or a clock, is refused even if the semaphore is free. */
static bool is_refused(clockid_t clock, const struct timespec *until)
{
    return (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC) || until->tv_nsec < 0 ||
           until->tv_nsec >= CTXT_SECOND;
}

static void begin(struct blocking *blocking, const sem_t *semaphore, clockid_t clock,
                  const struct timespec *until)
{
    blocking_begin(blocking, &(struct blocked_on){.object = CTXT_WAIT_SEMAPHORE,
                                                  .operation = CTXT_WAIT_TO_ACQUIRE,
                                                  .address = semaphore,
                                                  .clock = clock,
                                                  .until = until});
}

PRELOAD_WRAPPER int sem_wait(sem_t *semaphore)
{
    sem_function *next = (sem_function *)next_of(&wrapped_sem_wait);
    if (take_at_once(semaphore))
        return 0;
    int result;
    struct blocking blocking;
    begin(&blocking, semaphore, CLOCK_REALTIME, NULL);
    pthread_cleanup_push(blocking_end, &blocking);
    result = next(semaphore);
    pthread_cleanup_pop(1);
    return result;
}

PRELOAD_WRAPPER int sem_timedwait(sem_t *semaphore, const struct timespec *until)
{
    sem_timed_function *next = (sem_timed_function *)next_of(&wrapped_sem_timedwait);
    if (is_refused(CLOCK_REALTIME, until))
        return next(semaphore, until);
    if (take_at_once(semaphore))
        return 0;
    int result;
    struct blocking blocking;
    begin(&blocking, semaphore, CLOCK_REALTIME, until);
    pthread_cleanup_push(blocking_end, &blocking);
    result = next(semaphore, until);
    pthread_cleanup_pop(1);
    return result;
}

PRELOAD_WRAPPER int sem_clockwait(sem_t *semaphore, clockid_t clock, const struct timespec *until)
{
    sem_clock_function *next = (sem_clock_function *)next_of(&wrapped_sem_clockwait);
    if (is_refused(clock, until))
        return next(semaphore, clock, until);
    if (take_at_once(semaphore))
        return 0;
    int result;
    struct blocking blocking;
    begin(&blocking, semaphore, clock, until);
    pthread_cleanup_push(blocking_end, &blocking);
    result = next(semaphore, clock, until);
    pthread_cleanup_pop(1);
    return result;
}
