/*
 * A program for checkers of threads and memory, which find nothing in it: threads that wait for all
 * that the preload records, and that make and join others. With "racy" two of them write to a
 * number without a lock: that is to be found.
 */
#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { THREADS = 4, TIMES = 10, WAITERS = 3, PAUSE_US = 300 };

static pthread_mutex_t outer = PTHREAD_MUTEX_INITIALIZER, inner = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static sem_t semaphore;
static pthread_barrier_t both;
static int under_outer, under_inner, under_rwlock, turns;
static volatile int unguarded;
static bool racy;

static void *work(void *unused)
{
    for (int i = 0; i < TIMES; i++) {
        pthread_mutex_lock(&outer);
        under_outer++;
        usleep(PAUSE_US);
        pthread_mutex_lock(&inner);
        under_inner++;
        pthread_mutex_unlock(&inner);
        turns++;
        pthread_cond_broadcast(&changed);
        pthread_mutex_unlock(&outer);
        pthread_rwlock_rdlock(&rwlock);
        usleep(PAUSE_US);
        pthread_rwlock_unlock(&rwlock);
        pthread_rwlock_wrlock(&rwlock);
        under_rwlock++;
        usleep(PAUSE_US);
        pthread_rwlock_unlock(&rwlock);
        sem_wait(&semaphore);
        usleep(PAUSE_US);
        sem_post(&semaphore);
    }
    return unused;
}

static void *wait_for_turns(void *unused)
{
    pthread_mutex_lock(&outer);
    while (turns < TIMES)
        pthread_cond_wait(&changed, &outer);
    pthread_mutex_unlock(&outer);
    return unused;
}

static void *make_waiters(void *unused)
{
    pthread_t threads[WAITERS];
    pthread_setname_np(pthread_self(), "maker");
    for (int i = 0; i < WAITERS; i++)
        pthread_create(&threads[i], NULL, wait_for_turns, NULL);
    for (int i = 0; i < WAITERS; i++)
        pthread_join(threads[i], NULL);
    return unused;
}

static void *write_unguarded(void *unused)
{
    pthread_barrier_wait(&both); /* they write at one time */
    for (int i = 0; racy && i < TIMES; i++) {
        unguarded++;
        usleep(PAUSE_US);
    }
    return unused;
}

int main(int count, char **arguments)
{
    static void *(*const functions[])(void *) = {make_waiters, write_unguarded, write_unguarded};
    enum { OTHERS = sizeof functions / sizeof *functions };
    pthread_t threads[THREADS + OTHERS];
    racy = count > 1 && strcmp(arguments[1], "racy") == 0;
    sem_init(&semaphore, 0, 1);
    pthread_barrier_init(&both, NULL, 2);
    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, work, NULL);
    for (int i = 0; i < OTHERS; i++)
        pthread_create(&threads[THREADS + i], NULL, functions[i], NULL);
    for (int i = 0; i < THREADS + OTHERS; i++)
        pthread_join(threads[i], NULL);
    puts("done");
    return 0;
}
