/* Mutexes of every kind, taken and given back as fast as it goes, in every way of taking them. */
#include "preload_stay.h"

#include <errno.h>
#include <pthread.h>

enum { KINDS = 7, THREADS = 6 };

static pthread_mutex_t locks[KINDS];
static long counts[KINDS];
static _Atomic int ending;

static void make(int number)
{
    static const int types[KINDS] = {PTHREAD_MUTEX_NORMAL,     PTHREAD_MUTEX_RECURSIVE,
                                     PTHREAD_MUTEX_ERRORCHECK, PTHREAD_MUTEX_ADAPTIVE_NP,
                                     PTHREAD_MUTEX_NORMAL,     PTHREAD_MUTEX_NORMAL,
                                     PTHREAD_MUTEX_NORMAL};
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_settype(&attributes, types[number]);
    if (number == 4)
        pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    if (number == 5)
        pthread_mutexattr_setprotocol(&attributes, PTHREAD_PRIO_INHERIT);
    if (number == 6)
        pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    REQUIRE(pthread_mutex_init(&locks[number], &attributes) == 0);
}

static struct timespec soon(clockid_t clock)
{
    struct timespec time;
    clock_gettime(clock, &time);
    time.tv_nsec += 200000;
    time.tv_sec += time.tv_nsec / 1000000000;
    time.tv_nsec %= 1000000000;
    return time;
}

static int take(pthread_mutex_t *lock, int way)
{
    struct timespec limit = soon(way == 2 ? CLOCK_MONOTONIC : CLOCK_REALTIME);
    switch (way) {
    case 1:
        return pthread_mutex_timedlock(lock, &limit);
    case 2:
        return pthread_mutex_clocklock(lock, CLOCK_MONOTONIC, &limit);
    case 3:
        return pthread_mutex_trylock(lock);
    default:
        return pthread_mutex_lock(lock);
    }
}

static void *work(void *argument)
{
    for (unsigned turn = (unsigned)(long)argument; !ending; turn++) {
        int number = turn / 64 % KINDS;
        if (take(&locks[number], turn % 8) != 0)
            continue;
        /* A second time: once more for a recursive one, refused by one that checks. */
        int again = number == 1 || number == 2 ? pthread_mutex_lock(&locks[number]) : EDEADLK;
        counts[number]++;
        if (again == 0)
            pthread_mutex_unlock(&locks[number]);
        pthread_mutex_unlock(&locks[number]);
    }
    return NULL;
}

int main(void)
{
    pthread_t threads[THREADS];
    for (int i = 0; i < KINDS; i++)
        make(i);
    for (long i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, work, (void *)(i * 64));
    say_ready_and_stay();
    ending = 1;
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    return 0;
}
