/*
 * Deadlocks that lead to nobody: "semaphores", of which each of two threads has one and wants the
 * other; "upgrade", two that hold a lock to read and want it to write; "read", a lock that is held
 * across a read which never ends.
 */
#include "preload_stay.h"

#include <pthread.h>
#include <semaphore.h>
#include <string.h>
#include <unistd.h>

static sem_t semaphores[2];
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t both;
static int ends[2];

static void *take_both(void *argument)
{
    sem_t *first = argument;
    sem_wait(first);
    pthread_barrier_wait(&both);
    sem_wait(first == &semaphores[0] ? &semaphores[1] : &semaphores[0]);
    return NULL;
}

static void *upgrade(void *unused)
{
    pthread_rwlock_rdlock(&rwlock);
    pthread_barrier_wait(&both);
    pthread_rwlock_wrlock(&rwlock);
    return unused;
}

static void *hold_and_read(void *unused)
{
    char byte;
    pthread_mutex_lock(&mutex);
    pthread_barrier_wait(&both);
    return read(ends[0], &byte, 1) < 0 ? unused : NULL;
}

static void *lock_after(void *unused)
{
    pthread_barrier_wait(&both);
    pthread_mutex_lock(&mutex);
    return unused;
}

int main(int count, char **arguments)
{
    const char *kind = count > 1 ? arguments[1] : "read";
    pthread_t threads[2];
    pthread_barrier_init(&both, NULL, 2);
    REQUIRE(pipe(ends) == 0);
    for (int i = 0; i < 2; i++) {
        sem_init(&semaphores[i], 0, 1);
        if (strcmp(kind, "semaphores") == 0)
            pthread_create(&threads[i], NULL, take_both, &semaphores[i]);
        else if (strcmp(kind, "upgrade") == 0)
            pthread_create(&threads[i], NULL, upgrade, NULL);
        else
            pthread_create(&threads[i], NULL, i ? lock_after : hold_and_read, NULL);
    }
    say_ready_and_stay();
    _exit(0);
}
