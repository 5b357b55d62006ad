/*
 * What the preload adds to locks: pairs of calls on what is free, and waits that end at once with
 * an error, so that nothing is measured but what stands around them. The CPU time of the process,
 * in nanoseconds each; compare_preload.py runs it with and without.
 */
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { PAIRS = 5000000, WAITS = 1000000 };

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER, checking;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static sem_t semaphore;
static const struct timespec never_a_time = {1, -1};

static void lock_mutex(void)
{
    pthread_mutex_lock(&mutex);
    pthread_mutex_unlock(&mutex);
}

static void lock_to_read(void)
{
    pthread_rwlock_rdlock(&rwlock);
    pthread_rwlock_unlock(&rwlock);
}

static void lock_to_write(void)
{
    pthread_rwlock_wrlock(&rwlock);
    pthread_rwlock_unlock(&rwlock);
}

static void take_semaphore(void)
{
    sem_wait(&semaphore);
    sem_post(&semaphore);
}

static void require(int holds)
{
    if (!holds)
        abort();
}

/* A mutex that is not held. */
static void wait_for_condition(void)
{
    require(pthread_cond_wait(&condition, &checking) == EPERM);
}

static void wait_for_condition_until(void)
{
    require(pthread_cond_timedwait(&condition, &mutex, &never_a_time) == EINVAL);
}

static void wait_for_mutex_until(void)
{
    require(pthread_mutex_timedlock(&mutex, &never_a_time) == EINVAL);
}

static long long cpu_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static void measure(const char *name, void (*function)(void), int times)
{
    long long begin = cpu_ns();
    for (int i = 0; i < times; i++)
        function();
    printf("%s %.2f\n", name, (double)(cpu_ns() - begin) / times);
}

int main(void)
{
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_ERRORCHECK);
    pthread_mutex_init(&checking, &attributes);
    sem_init(&semaphore, 0, 1);
    measure("mutex", lock_mutex, PAIRS);
    measure("rwlock_read", lock_to_read, PAIRS);
    measure("rwlock_write", lock_to_write, PAIRS);
    measure("semaphore", take_semaphore, PAIRS);
    measure("wait_for_condition", wait_for_condition, WAITS);
    pthread_mutex_lock(&mutex);
    measure("wait_for_condition_until", wait_for_condition_until, WAITS);
    measure("wait_for_mutex_until", wait_for_mutex_until, WAITS);
    return 0;
}
