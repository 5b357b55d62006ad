/* Threads that are cancelled while they are blocked, or leave by pthread_exit(). */
#include "preload_stay.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>

static pthread_mutex_t guard = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t never = PTHREAD_COND_INITIALIZER;
static sem_t no_tokens, many_tokens;
static pthread_t sleeper;
static int cleaned;

static void clean(void *argument)
{
    (void)argument;
    __atomic_fetch_add(&cleaned, 1, __ATOMIC_SEQ_CST);
}

static void clean_and_unlock(void *argument)
{
    clean(argument);
    pthread_mutex_unlock(argument); /* a cancelled wait has locked it again */
}

static void *in_condition(void *argument)
{
    pthread_mutex_lock(&guard);
    pthread_cleanup_push(clean_and_unlock, &guard);
    for (;;)
        pthread_cond_wait(&never, &guard);
    pthread_cleanup_pop(1);
    return argument;
}

static void *in_semaphore(void *argument)
{
    pthread_cleanup_push(clean, NULL);
    sem_wait(&no_tokens);
    pthread_cleanup_pop(1);
    return argument;
}

/* The semaphore is free, but waiting for it is a cancellation point all the same. */
static void *with_tokens(void *argument)
{
    pthread_cleanup_push(clean, NULL);
    for (;;)
        sem_wait(&many_tokens);
    pthread_cleanup_pop(1);
    return argument;
}

static void *in_join(void *argument)
{
    pthread_cleanup_push(clean, NULL);
    pthread_join(sleeper, NULL);
    pthread_cleanup_pop(1);
    return argument;
}

OUT_OF_LINE static void leave(void)
{
    pthread_exit((void *)5);
}

static void *by_exit(void *argument)
{
    pthread_cleanup_push(clean, NULL);
    leave();
    pthread_cleanup_pop(1);
    return argument;
}

static void *detached_by_exit(void *argument)
{
    pthread_detach(pthread_self());
    clean(argument);
    pthread_exit(NULL);
}

static void *sleep_long(void *argument)
{
    sem_wait(&no_tokens);
    return argument;
}

static pthread_t start(void *(*function)(void *))
{
    pthread_t made;
    REQUIRE(pthread_create(&made, NULL, function, NULL) == 0);
    return made;
}

static void cancel_one(void *(*function)(void *), int first_let_it_block)
{
    pthread_t made = start(function);
    if (first_let_it_block)
        sleep_ms(100);
    REQUIRE(pthread_cancel(made) == 0);
    void *result;
    REQUIRE(pthread_join(made, &result) == 0);
    REQUIRE(result == PTHREAD_CANCELED);
}

int main(void)
{
    sem_init(&no_tokens, 0, 0);
    sem_init(&many_tokens, 0, 2000000000);
    sleeper = start(sleep_long);
    cancel_one(in_condition, 1);
    cancel_one(in_semaphore, 1);
    cancel_one(in_join, 1);
    cancel_one(with_tokens, 1);
    REQUIRE(cleaned == 4);
    for (int i = 0; i < 200; i++)
        cancel_one(sleep_long, 0); /* often before it has begun */
    void *result;
    REQUIRE(pthread_join(start(by_exit), &result) == 0);
    REQUIRE(result == (void *)5);
    start(detached_by_exit);
    sleep_ms(100);
    REQUIRE(cleaned == 6);
    REQUIRE(pthread_mutex_trylock(&guard) == 0);
    pthread_mutex_unlock(&guard);

    say_ready_and_stay();
    sem_post(&no_tokens);
    REQUIRE(pthread_join(sleeper, NULL) == 0); /* the cancelled join has left it joinable */
    return 0;
}
