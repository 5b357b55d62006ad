/* Three threads that take three locks in a circle; "at once", or "in order". */
#include "preload_stay.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

enum { THREADS = 3 };

static pthread_mutex_t locks[THREADS] = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER,
                                         PTHREAD_MUTEX_INITIALIZER};
static int in_order, at_once;
static atomic_int ready;

static void *take_two(void *argument)
{
    int first = (int)(long)argument, second = (first + 1) % THREADS;
    if (in_order && second < first) {
        first = 0;
        second = THREADS - 1;
    }
    pthread_mutex_lock(&locks[first]);
    ready++;
    while (at_once && ready < THREADS)
        ;
    if (!at_once)
        sleep_ms(200 + 60 * (long)argument);
    pthread_mutex_lock(&locks[second]);
    if (in_order)
        sleep_ms(60000);
    return NULL;
}

int main(int count, char **arguments)
{
    in_order = count > 1 && strcmp(arguments[1], "in order") == 0;
    at_once = count > 1 && strcmp(arguments[1], "at once") == 0;
    pthread_t made;
    for (long i = 0; i < THREADS; i++)
        REQUIRE(pthread_create(&made, NULL, take_two, (void *)i) == 0);
    sleep_ms(1500);
    pthread_setname_np(pthread_self(), "late"); /* a sign of life, by which waits are timed */
    say_ready_and_stay();
    return 0;
}
