/*
 * Many threads stand in line for one lock, which each holds for a moment; nothing else is ever
 * held.
 *
 *     lock_queue THREADS MICROSECONDS
 */
#include "preload_stay.h"

#include <pthread.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static _Atomic int ending;
static useconds_t held = 1000;

static void *work(void *unused)
{
    while (!ending) {
        pthread_mutex_lock(&lock);
        if (!ending)
            usleep(held);
        pthread_mutex_unlock(&lock);
        usleep(100);
    }
    return unused;
}

int main(int argc, char **argv)
{
    int count = argc > 1 ? atoi(argv[1]) : 400;
    pthread_t *threads = calloc((size_t)count, sizeof *threads);
    pthread_attr_t small;
    if (argc > 2)
        held = (useconds_t)atoi(argv[2]);
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, 65536);
    for (int i = 0; i < count; i++)
        REQUIRE(pthread_create(&threads[i], &small, work, NULL) == 0);
    say_ready_and_stay();
    ending = 1;
    for (int i = 0; i < count; i++)
        pthread_join(threads[i], NULL);
    free(threads);
    return 0;
}
