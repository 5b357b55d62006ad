/*
 * Two mutexes as semaphores: each of two threads holds the one that the other waits for, until a
 * third unlocks both. That is done once before "ready", and again when a line comes from stdin.
 */
#include "preload_stay.h"

#include <pthread.h>

static pthread_mutex_t turns[2] = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER};
static _Atomic int holding, passed, ended;

static void await(const _Atomic int *count)
{
    while (*count < 2)
        sleep_ms(1);
}

/* libc's word of a mutex that somebody sleeps for. */
static void await_waiter(pthread_mutex_t *mutex)
{
    while (__atomic_load_n(&mutex->__data.__lock, __ATOMIC_RELAXED) != 2)
        sleep_ms(1);
}

static void *take_turns(void *argument)
{
    long own = (long)argument;
    REQUIRE(pthread_mutex_lock(&turns[own]) == 0);
    holding++;
    await(&holding);
    REQUIRE(pthread_mutex_lock(&turns[1 - own]) == 0);
    passed++;
    await(&passed);
    REQUIRE(pthread_mutex_lock(&turns[own]) == 0);
    ended++;
    return NULL;
}

/* Again and again, because a turn may come before somebody waits for it. */
static void open_both(void)
{
    pthread_mutex_unlock(&turns[0]);
    pthread_mutex_unlock(&turns[1]);
}

int main(void)
{
    pthread_t threads[2];
    for (long i = 0; i < 2; i++)
        REQUIRE(pthread_create(&threads[i], NULL, take_turns, (void *)i) == 0);
    await_waiter(&turns[0]);
    await_waiter(&turns[1]);
    open_both();
    await(&passed);
    say_ready_and_stay();
    while (ended < 2) {
        open_both();
        sleep_ms(10);
    }
    for (int i = 0; i < 2; i++)
        REQUIRE(pthread_join(threads[i], NULL) == 0);
    return 0;
}
