/* A queue behind a mutex and two conditions: busy producers and consumers, and some that are idle.
 */
#include "preload_stay.h"

#include <pthread.h>

enum { PRODUCERS = 2, CONSUMERS = 3, IDLE = 3, ROOM = 2 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t not_full = PTHREAD_COND_INITIALIZER, not_empty = PTHREAD_COND_INITIALIZER;
static pthread_cond_t end = PTHREAD_COND_INITIALIZER;
static int queued;
static int ending;

static void *produce(void *unused)
{
    pthread_mutex_lock(&lock);
    while (!ending) {
        if (queued == ROOM) {
            pthread_cond_wait(&not_full, &lock);
            continue;
        }
        queued++;
        pthread_cond_signal(&not_empty);
    }
    pthread_mutex_unlock(&lock);
    return unused;
}

static void *consume(void *unused)
{
    pthread_mutex_lock(&lock);
    while (!ending) {
        struct timespec limit;
        clock_gettime(CLOCK_REALTIME, &limit);
        limit.tv_sec++;
        if (queued == 0) {
            pthread_cond_timedwait(&not_empty, &lock, &limit);
            continue;
        }
        queued--;
        pthread_cond_signal(&not_full);
    }
    pthread_mutex_unlock(&lock);
    return unused;
}

static void *be_idle(void *unused)
{
    pthread_mutex_lock(&lock);
    while (!ending)
        pthread_cond_wait(&end, &lock);
    pthread_mutex_unlock(&lock);
    return unused;
}

int main(void)
{
    pthread_t threads[PRODUCERS + CONSUMERS + IDLE];
    for (int i = 0; i < PRODUCERS + CONSUMERS + IDLE; i++)
        pthread_create(&threads[i], NULL,
                       i < PRODUCERS               ? produce
                       : i < PRODUCERS + CONSUMERS ? consume
                                                   : be_idle,
                       NULL);
    say_ready_and_stay();
    pthread_mutex_lock(&lock);
    ending = 1;
    pthread_cond_broadcast(&not_full);
    pthread_cond_broadcast(&not_empty);
    pthread_cond_broadcast(&end);
    pthread_mutex_unlock(&lock);
    for (int i = 0; i < PRODUCERS + CONSUMERS + IDLE; i++)
        pthread_join(threads[i], NULL);
    return 0;
}
