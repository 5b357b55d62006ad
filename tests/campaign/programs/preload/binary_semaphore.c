/*
 * Mutexes that are used as binary semaphores, which glibc's default kind allows: another thread
 * gives back what one has taken.
 *
 *     binary_semaphore one    waits for a mutex that it holds itself, until the other opens it
 *     binary_semaphore two    two that pass the turn to each other, each holding what it waits for
 *     binary_semaphore first  the same, in the first of its turns
 */
#include "preload_stay.h"

#include <pthread.h>
#include <string.h>

/*
 * The first turn is short: until a lock has been passed on over its holder's head nothing tells
 * such a program from one that is deadlocked, but that it works.
 */
enum { FIRST_MS = 50, HELD_MS = 2000, LONG_FIRST_MS = 60000 };

static pthread_mutex_t turns[2] = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER};
static _Atomic int ending;
static int first_ms = FIRST_MS;

static void rest(void)
{
    static _Atomic int turns_passed;
    for (int left = turns_passed++ ? HELD_MS : first_ms; left > 0 && !ending; left -= 5)
        sleep_ms(5);
}

static void *wait_for_turns(void *unused)
{
    while (!ending)
        pthread_mutex_lock(&turns[0]); /* held by ourselves since the last turn */
    return unused;
}

static void *open_now_and_then(void *unused)
{
    while (!ending) {
        rest();
        pthread_mutex_unlock(&turns[0]);
    }
    return unused;
}

/* Takes its own turn, and waits for the next while a third opens both. */
static void *wait_for_the_other(void *argument)
{
    long own = (long)argument;
    pthread_mutex_lock(&turns[own]);
    sleep_ms(20);
    while (!ending)
        pthread_mutex_lock(&turns[1 - own]);
    return NULL;
}

static void *open_both(void *unused)
{
    while (!ending) {
        rest();
        pthread_mutex_unlock(&turns[0]);
        pthread_mutex_unlock(&turns[1]);
    }
    return unused;
}

int main(int argc, char **argv)
{
    pthread_t threads[3];
    int count = 0;
    if (argc > 1 && strcmp(argv[1], "first") == 0)
        first_ms = LONG_FIRST_MS;
    if (argc > 1 && strcmp(argv[1], "one") != 0) {
        pthread_create(&threads[count++], NULL, wait_for_the_other, (void *)0L);
        pthread_create(&threads[count++], NULL, wait_for_the_other, (void *)1L);
        pthread_create(&threads[count++], NULL, open_both, NULL);
    } else {
        pthread_create(&threads[count++], NULL, wait_for_turns, NULL);
        pthread_create(&threads[count++], NULL, open_now_and_then, NULL);
    }
    say_ready_and_stay();
    ending = 1;
    pthread_join(threads[count - 1], NULL);
    pthread_mutex_unlock(&turns[0]); /* whoever was between its two looks at `ending` */
    pthread_mutex_unlock(&turns[1]);
    for (int i = 0; i < count - 1; i++)
        pthread_join(threads[i], NULL);
    return 0;
}
