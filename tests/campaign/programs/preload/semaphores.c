/* Semaphores as counters, as locks and as turns, waited for with and without limits. */
#include "preload_stay.h"

#include <pthread.h>
#include <semaphore.h>

enum { THREADS = 6 };

static sem_t places, one, turns[2];
static long inside;
static _Atomic int ending;

static void *take_a_place(void *unused)
{
    while (!ending) {
        sem_wait(&places);
        sem_wait(&one);
        inside++;
        sem_post(&one);
        sem_post(&places);
    }
    return unused;
}

static void *take_turns(void *argument)
{
    long own = (long)argument;
    struct timespec limit;
    while (!ending) {
        clock_gettime(CLOCK_REALTIME, &limit);
        limit.tv_sec++;
        if (own ? sem_wait(&turns[own]) : sem_timedwait(&turns[own], &limit))
            continue;
        sem_post(&turns[1 - own]);
    }
    sem_post(&turns[1 - own]);
    return NULL;
}

int main(void)
{
    pthread_t threads[THREADS];
    sem_init(&places, 0, 2);
    sem_init(&one, 0, 1);
    sem_init(&turns[0], 0, 1);
    sem_init(&turns[1], 0, 0);
    for (long i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, i < 2 ? take_turns : take_a_place, (void *)i);
    say_ready_and_stay();
    ending = 1;
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    return 0;
}
