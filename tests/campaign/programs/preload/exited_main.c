/* main() leaves by pthread_exit() and its threads go on, over a lock and a condition. */
#include "preload_stay.h"

#include <pthread.h>
#include <unistd.h>

enum { THREADS = 4 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static unsigned turn;

static void *take_turns(void *argument)
{
    unsigned own = (unsigned)(long)argument;
    for (;;) {
        pthread_mutex_lock(&lock);
        while (turn % THREADS != own)
            pthread_cond_wait(&changed, &lock);
        turn++;
        pthread_cond_broadcast(&changed);
        pthread_mutex_unlock(&lock);
    }
    return NULL;
}

static void *end_with_input(void *unused)
{
    int got;
    do
        got = getchar();
    while (got != '\n' && got != EOF);
    _exit(0);
    return unused;
}

static void start(void *(*function)(void *), long argument)
{
    pthread_t thread;
    REQUIRE(pthread_create(&thread, NULL, function, (void *)argument) == 0);
    pthread_detach(thread);
}

int main(void)
{
    for (long i = 0; i < THREADS; i++)
        start(take_turns, i);
    start(end_with_input, 0);
    puts("ready");
    fflush(stdout);
    pthread_exit(NULL);
}
