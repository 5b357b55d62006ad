/* A thread in each kind of wait, an ended one that nobody has joined yet, and a detached one. */
#include "preload_stay.h"

#include <pthread.h>
#include <semaphore.h>

static pthread_mutex_t contended = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t guard = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static pthread_rwlock_t table = PTHREAD_RWLOCK_INITIALIZER;
static sem_t tokens, may_end, detached_ended;
static int is_over;

static void *hold_mutex(void *argument)
{
    (void)argument;
    pthread_mutex_lock(&contended);
    sem_wait(&may_end);
    pthread_mutex_unlock(&contended);
    return NULL;
}

static void *lock_mutex(void *argument)
{
    (void)argument;
    pthread_mutex_lock(&contended);
    pthread_mutex_unlock(&contended);
    return NULL;
}

static void *wait_for_change(void *argument)
{
    (void)argument;
    pthread_mutex_lock(&guard);
    while (!is_over)
        pthread_cond_wait(&changed, &guard);
    pthread_mutex_unlock(&guard);
    return NULL;
}

static void *read_table(void *argument)
{
    (void)argument;
    pthread_rwlock_rdlock(&table);
    pthread_rwlock_unlock(&table);
    return NULL;
}

static void *write_table(void *argument)
{
    (void)argument;
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += 3600;
    if (pthread_rwlock_clockwrlock(&table, CLOCK_MONOTONIC, &until) == 0)
        pthread_rwlock_unlock(&table);
    return NULL;
}

static void *take_token(void *argument)
{
    (void)argument;
    pthread_setname_np(pthread_self(), "taker");
    sem_wait(&tokens);
    return NULL;
}

static void *join_other(void *argument)
{
    pthread_join(*(pthread_t *)argument, NULL);
    return NULL;
}

static void *end_at_once(void *argument)
{
    return argument;
}

static void *be_detached(void *argument)
{
    (void)argument;
    pthread_detach(pthread_self());
    sem_wait(&may_end);
    sem_post(&detached_ended);
    return NULL;
}

OUT_OF_LINE static pthread_t start(void *(*function)(void *), void *argument, const char *name)
{
    pthread_t made;
    REQUIRE(pthread_create(&made, NULL, function, argument) == 0);
    if (name)
        REQUIRE(pthread_setname_np(made, name) == 0);
    sleep_ms(50);
    return made;
}

int main(void)
{
    sem_init(&tokens, 0, 0);
    sem_init(&may_end, 0, 0);
    sem_init(&detached_ended, 0, 0);
    pthread_rwlock_wrlock(&table);
    pthread_setname_np(pthread_self(), "chief");

    pthread_t holder = start(hold_mutex, NULL, "holder");
    pthread_t joined = start(wait_for_change, NULL, "changer");
    pthread_t others[] = {
        start(lock_mutex, NULL, "locker"),    start(read_table, NULL, "reader"),
        start(write_table, NULL, "writer"),   start(take_token, NULL, NULL),
        start(join_other, &joined, "joiner"),
    };
    pthread_t ended = start(end_at_once, NULL, NULL);
    start(be_detached, NULL, "detached");
    say_ready_and_stay();

    sem_post(&may_end);
    sem_post(&may_end);
    sem_post(&tokens);
    pthread_rwlock_unlock(&table);
    pthread_mutex_lock(&guard);
    is_over = 1;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&guard);
    pthread_join(holder, NULL);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        pthread_join(others[i], NULL);
    pthread_join(ended, NULL);
    sem_wait(&detached_ended);
    sleep_ms(100); /* it is on its way out */
    return 7;
}
