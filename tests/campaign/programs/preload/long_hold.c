/*
 * A lock that is held for seconds, across a sleep, while others wait for it, one of them holding
 * another lock for which more wait; and a thread that joins the holder.
 */
#include "preload_stay.h"

#include <pthread.h>

enum { HELD_MS = 3000, WAITING = 3 };

static pthread_mutex_t held = PTHREAD_MUTEX_INITIALIZER, beside = PTHREAD_MUTEX_INITIALIZER;
static _Atomic int ending, taken;

static void *hold(void *unused)
{
    pthread_mutex_lock(&held);
    taken = 1;
    for (int left = HELD_MS; left > 0 && !ending; left -= 5)
        sleep_ms(5);
    pthread_mutex_unlock(&held);
    return unused;
}

static void *hold_again_and_again(void *unused)
{
    while (!ending) {
        pthread_t holder;
        taken = 0;
        REQUIRE(pthread_create(&holder, NULL, hold, NULL) == 0);
        pthread_join(holder, NULL);
    }
    return unused;
}

static void *wait_for_it(void *argument)
{
    while (!ending) {
        while (!taken && !ending)
            sleep_ms(1);
        pthread_mutex_lock(&beside);
        if (argument)
            pthread_mutex_lock(&held);
        if (argument)
            pthread_mutex_unlock(&held);
        pthread_mutex_unlock(&beside);
    }
    return NULL;
}

int main(void)
{
    pthread_t threads[1 + WAITING];
    pthread_create(&threads[0], NULL, hold_again_and_again, NULL);
    for (long i = 1; i <= WAITING; i++)
        pthread_create(&threads[i], NULL, wait_for_it, i == 1 ? threads : NULL);
    say_ready_and_stay();
    ending = 1;
    for (int i = 0; i <= WAITING; i++)
        pthread_join(threads[i], NULL);
    return 0;
}
