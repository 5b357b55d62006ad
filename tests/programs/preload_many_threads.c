/*
 * As many threads as the first argument says, or as can be made, that all live at once: prints how
 * long it took until they all waited, and ends them. With a second argument it stays until then.
 */
#include "preload_stay.h"

#include <pthread.h>
#include <time.h>

enum { STACK_SIZE = 65536, MOST_THREADS = 100000 };

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static pthread_t threads[MOST_THREADS];
static int waiting, go;

static void *wait_until_told(void *unused)
{
    pthread_mutex_lock(&mutex);
    waiting++;
    while (!go)
        pthread_cond_wait(&changed, &mutex);
    pthread_mutex_unlock(&mutex);
    return unused;
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static int make(int count)
{
    pthread_attr_t attributes;
    int made = 0;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK_SIZE);
    while (made < count && pthread_create(&threads[made], &attributes, wait_until_told, NULL) == 0)
        made++;
    pthread_attr_destroy(&attributes);
    return made;
}

int main(int argument_count, char **arguments)
{
    double begin = now();
    int made = make(argument_count > 1 ? atoi(arguments[1]) : 1);
    for (int there = 0; there < made;) {
        pthread_mutex_lock(&mutex);
        there = waiting;
        pthread_mutex_unlock(&mutex);
        sleep_ms(1);
    }
    printf("%d threads in %.3f s\n", made, now() - begin);
    if (argument_count > 2)
        say_ready_and_stay();
    pthread_mutex_lock(&mutex);
    go = 1;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&mutex);
    for (int i = 0; i < made; i++)
        REQUIRE(pthread_join(threads[i], NULL) == 0);
    return 7;
}
