/* What wrapped functions return, and errno after them: the same with the preload and without. */
#include "preload_stay.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#define SHOW(call)                                                                                 \
    do {                                                                                           \
        errno = 77;                                                                                \
        int result = (call);                                                                       \
        printf("%s: %d, errno %d\n", #call, result, errno);                                        \
    } while (0)

static sem_t semaphore, other_semaphore;
static pthread_mutex_t mutex, recursive, checked, robust;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_cond_t condition, monotonic;

static struct timespec in_ms(clockid_t clock, long milliseconds)
{
    struct timespec until;
    clock_gettime(clock, &until);
    until.tv_nsec += milliseconds * 1000000;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    return until;
}

static void on_alarm(int number)
{
    (void)number;
}

static void *nothing(void *argument)
{
    return argument;
}

static void *nap(void *argument)
{
    sleep_ms(200);
    return argument;
}

static void *die_with_lock(void *argument)
{
    pthread_mutex_lock(&robust);
    return argument;
}

static void *try_all(void *argument)
{
    struct timespec soon = in_ms(CLOCK_REALTIME, 20);
    struct timespec soon_monotonic = in_ms(CLOCK_MONOTONIC, 20);
    struct timespec invalid = {0, 1000000000}, past = {-5, 0}, far = {LONG_MAX, 999999999};
    SHOW(pthread_mutex_timedlock(&mutex, &soon));
    SHOW(pthread_mutex_timedlock(&mutex, &invalid));
    SHOW(pthread_mutex_timedlock(&mutex, &past));
    SHOW(pthread_mutex_clocklock(&mutex, CLOCK_MONOTONIC, &soon_monotonic));
    SHOW(pthread_mutex_clocklock(&mutex, CLOCK_PROCESS_CPUTIME_ID, &soon));
    SHOW(pthread_rwlock_timedrdlock(&rwlock, &past));
    SHOW(pthread_rwlock_timedwrlock(&rwlock, &past));
    SHOW(pthread_rwlock_clockrdlock(&rwlock, CLOCK_MONOTONIC, &past));
    SHOW(pthread_rwlock_clockwrlock(&rwlock, CLOCK_MONOTONIC, &past));
    SHOW(pthread_rwlock_timedwrlock(&rwlock, &invalid));
    (void)far;
    return argument;
}

static void locks(void)
{
    struct timespec invalid = {0, 1000000000}, soon = in_ms(CLOCK_REALTIME, 20);
    pthread_mutexattr_t kind;
    pthread_mutexattr_init(&kind);
    pthread_mutex_init(&mutex, NULL);
    pthread_mutexattr_settype(&kind, PTHREAD_MUTEX_RECURSIVE);
    pthread_mutex_init(&recursive, &kind);
    pthread_mutexattr_settype(&kind, PTHREAD_MUTEX_ERRORCHECK);
    pthread_mutex_init(&checked, &kind);
    pthread_mutexattr_setrobust(&kind, PTHREAD_MUTEX_ROBUST);
    pthread_mutex_init(&robust, &kind);
    SHOW(pthread_mutex_lock(&mutex));
    SHOW(pthread_rwlock_wrlock(&rwlock));
    pthread_t other;
    pthread_create(&other, NULL, try_all, NULL);
    pthread_join(other, NULL);
    SHOW(pthread_rwlock_rdlock(&rwlock));
    SHOW(pthread_rwlock_wrlock(&rwlock));
    SHOW(pthread_rwlock_unlock(&rwlock));
    SHOW(pthread_rwlock_timedrdlock(&rwlock, &invalid));
    SHOW(pthread_rwlock_timedwrlock(&rwlock, &soon));
    SHOW(pthread_mutex_unlock(&mutex));
    SHOW(pthread_mutex_timedlock(&mutex, &invalid));
    SHOW(pthread_mutex_lock(&recursive));
    SHOW(pthread_mutex_lock(&recursive));
    SHOW(pthread_mutex_lock(&checked));
    SHOW(pthread_mutex_lock(&checked));
    SHOW(pthread_mutex_clocklock(&checked, CLOCK_MONOTONIC, &soon));
    pthread_create(&other, NULL, die_with_lock, NULL);
    pthread_join(other, NULL);
    SHOW(pthread_mutex_lock(&robust));
    SHOW(pthread_mutex_unlock(&robust));
    SHOW(pthread_mutex_lock(&robust));
}

static void waits(void)
{
    struct timespec invalid = {0, 1000000000}, soon = in_ms(CLOCK_REALTIME, 20);
    struct timespec soon_monotonic = in_ms(CLOCK_MONOTONIC, 20);
    pthread_condattr_t clock;
    pthread_condattr_init(&clock);
    pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    pthread_cond_init(&condition, NULL);
    pthread_cond_init(&monotonic, &clock);
    SHOW(pthread_cond_timedwait(&condition, &mutex, &soon));
    SHOW(pthread_cond_timedwait(&condition, &mutex, &invalid));
    SHOW(pthread_cond_timedwait(&monotonic, &mutex, &soon_monotonic));
    SHOW(pthread_cond_clockwait(&condition, &mutex, CLOCK_MONOTONIC, &soon_monotonic));
    SHOW(pthread_cond_clockwait(&condition, &mutex, CLOCK_PROCESS_CPUTIME_ID, &soon));
    sem_init(&semaphore, 0, 2);
    sem_init(&other_semaphore, 0, 0);
    SHOW(sem_timedwait(&semaphore, &invalid));
    SHOW(sem_clockwait(&semaphore, CLOCK_PROCESS_CPUTIME_ID, &soon));
    SHOW(sem_wait(&semaphore));
    SHOW(sem_timedwait(&semaphore, &soon));
    SHOW(sem_timedwait(&semaphore, &soon));
    SHOW(sem_clockwait(&semaphore, CLOCK_MONOTONIC, &soon_monotonic));
    struct sigaction action = {.sa_handler = on_alarm};
    sigaction(SIGALRM, &action, NULL);
    ualarm(50000, 0);
    SHOW(sem_wait(&other_semaphore));
}

static void threads(void)
{
    struct timespec soon = in_ms(CLOCK_REALTIME, 20), soon_monotonic = in_ms(CLOCK_MONOTONIC, 20);
    pthread_t self = pthread_self(), made;
    SHOW(pthread_join(self, NULL));
    SHOW(pthread_create(&made, NULL, nap, NULL));
    SHOW(pthread_tryjoin_np(made, NULL));
    SHOW(pthread_timedjoin_np(made, NULL, &soon));
    SHOW(pthread_clockjoin_np(made, NULL, CLOCK_MONOTONIC, &soon_monotonic));
    SHOW(pthread_setname_np(made, "a name that is far too long"));
    SHOW(pthread_join(made, NULL));
    SHOW(pthread_create(&made, NULL, nap, NULL));
    SHOW(pthread_detach(made));
    SHOW(pthread_detach(made));
    SHOW(pthread_join(made, NULL));
    sleep_ms(300);
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, (size_t)1 << 50);
    SHOW(pthread_create(&made, &attributes, nothing, NULL));
    pthread_attr_setstacksize(&attributes, (size_t)PTHREAD_STACK_MIN);
    SHOW(pthread_create(&made, &attributes, nap, NULL));
    SHOW(pthread_timedjoin_np(made, NULL, NULL));
}

int main(void)
{
    locks();
    waits();
    threads();
    return 9;
}
