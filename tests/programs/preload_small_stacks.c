/*
 * Threads with the smallest stacks that there are, of which they use themselves as many bytes as
 * the first argument says, while they wait, are named, and end.
 */
#include "preload_stay.h"

#include <limits.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

enum { THREADS = 50 };

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int waiting, go, bytes;

static void *use_stack(void *unused)
{
    volatile char own[bytes];
    memset((char *)own, 1, (size_t)bytes);
    pthread_mutex_lock(&mutex);
    waiting++;
    while (!go)
        pthread_cond_wait(&changed, &mutex);
    pthread_mutex_unlock(&mutex);
    pthread_setname_np(pthread_self(), "small");
    return own[bytes - 1] ? unused : &mutex;
}

int main(int count, char **arguments)
{
    pthread_t threads[THREADS];
    pthread_attr_t attributes;
    bytes = count > 1 ? atoi(arguments[1]) : 1;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, PTHREAD_STACK_MIN);
    for (int i = 0; i < THREADS; i++)
        REQUIRE(pthread_create(&threads[i], &attributes, use_stack, NULL) == 0);
    for (int there = 0; there < THREADS;) {
        pthread_mutex_lock(&mutex);
        there = waiting;
        pthread_mutex_unlock(&mutex);
        sleep_ms(1);
    }
    pthread_mutex_lock(&mutex);
    go = 1;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&mutex);
    for (int i = 0; i < THREADS; i++) {
        void *result;
        REQUIRE(pthread_join(threads[i], &result) == 0 && !result);
    }
    return 2;
}
