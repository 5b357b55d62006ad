/* main returns while its threads take and give back locks, read, write, wait and signal. */
#include "preload_stay.h"

#include <pthread.h>
#include <semaphore.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t shared = PTHREAD_RWLOCK_INITIALIZER;
static sem_t turns[2];

static void *lock_it(void *unused)
{
    for (;;) {
        pthread_mutex_lock(&lock);
        pthread_mutex_unlock(&lock);
    }
    return unused;
}

static void *read_it(void *unused)
{
    for (;;) {
        pthread_rwlock_rdlock(&shared);
        pthread_rwlock_unlock(&shared);
    }
    return unused;
}

static void *write_it(void *unused)
{
    for (;;) {
        pthread_rwlock_wrlock(&shared);
        pthread_rwlock_unlock(&shared);
    }
    return unused;
}

static void *take_turns(void *argument)
{
    long own = (long)argument;
    for (;;) {
        sem_wait(&turns[own]);
        sem_post(&turns[1 - own]);
    }
    return NULL;
}

int main(void)
{
    static void *(*const ways[])(void *) = {lock_it,  lock_it, lock_it,    read_it,
                                            write_it, read_it, take_turns, take_turns};
    sem_init(&turns[0], 0, 1);
    sem_init(&turns[1], 0, 0);
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        pthread_t thread;
        REQUIRE(pthread_create(&thread, NULL, ways[i], (void *)(i % 2)) == 0);
        pthread_detach(thread);
    }
    say_ready_and_stay();
    return 0;
}
