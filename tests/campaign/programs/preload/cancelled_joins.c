/*
 * Joins that are given up: the thread that waits in one is cancelled, and whoever it was to wait
 * for is joined by another. Two that join each other go on because a third cancels one of them.
 */
#include "preload_stay.h"

#include <pthread.h>

enum { STEP_MS = 1300, PAIRS = 2 };

static _Atomic int ending;

struct pair {
    pthread_t threads[2];
    pthread_barrier_t known;
};

struct member {
    struct pair *pair;
    int number;
};

static void rest(void)
{
    for (int left = STEP_MS; left > 0 && !ending; left -= 5)
        sleep_ms(5);
}

static void *join_the_other(void *argument)
{
    struct member *member = argument;
    pthread_barrier_wait(&member->pair->known);
    pthread_join(member->pair->threads[1 - member->number], NULL);
    return NULL;
}

static void one_round(void)
{
    struct pair pair;
    struct member members[2] = {{&pair, 0}, {&pair, 1}};
    pthread_barrier_init(&pair.known, NULL, 3);
    for (int i = 0; i < 2; i++)
        REQUIRE(pthread_create(&pair.threads[i], NULL, join_the_other, &members[i]) == 0);
    pthread_barrier_wait(&pair.known);
    rest();
    pthread_cancel(pair.threads[0]); /* the other joins it then, and ends */
    pthread_join(pair.threads[1], NULL);
    pthread_barrier_destroy(&pair.known);
}

static void *go_round(void *unused)
{
    while (!ending)
        one_round();
    return unused;
}

int main(void)
{
    pthread_t threads[PAIRS];
    for (int i = 0; i < PAIRS; i++)
        pthread_create(&threads[i], NULL, go_round, NULL);
    say_ready_and_stay();
    ending = 1;
    for (int i = 0; i < PAIRS; i++)
        pthread_join(threads[i], NULL);
    return 0;
}
