/*
 * A thread joins another one that waits for a lock which it holds itself; when a line comes from
 * stdin it is cancelled, and its cleanup unlocks: no deadlock. With "shielded" it cannot be.
 */
#include "preload_stay.h"

#include <pthread.h>
#include <string.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_t other;

static void unlock(void *unused)
{
    (void)unused;
    pthread_mutex_unlock(&mutex);
}

static void *wants_lock(void *unused)
{
    pthread_mutex_lock(&mutex);
    pthread_mutex_unlock(&mutex);
    return unused;
}

static void *joins(void *shielded)
{
    int before;
    if (shielded)
        pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before);
    REQUIRE(pthread_mutex_lock(&mutex) == 0);
    pthread_cleanup_push(unlock, NULL);
    REQUIRE(pthread_create(&other, NULL, wants_lock, NULL) == 0);
    pthread_join(other, NULL);
    pthread_cleanup_pop(1);
    return NULL;
}

int main(int count, char **arguments)
{
    pthread_t joiner;
    (void)arguments;
    REQUIRE(pthread_create(&joiner, NULL, joins, count > 1 ? &mutex : NULL) == 0);
    say_ready_and_stay();
    REQUIRE(pthread_cancel(joiner) == 0);
    REQUIRE(pthread_join(joiner, NULL) == 0);
    REQUIRE(pthread_join(other, NULL) == 0);
    return 0;
}
