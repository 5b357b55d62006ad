/*
 * main() leaves by pthread_exit() and the threads go on. Pairs of threads: one cancels a request
 * and gives it back, the other waits for the end of a context below and gives that back when it
 * ended.
 */
#include "stay.h"

#include <pthread.h>
#include <semaphore.h>
#include <unistd.h>

enum { PAIRS = 2, OTHERS = 1500 };

struct pair {
    sem_t made, below_made, done;
    ctxt_t *request; /* while `made` and until `done` */
};

static struct pair pairs[PAIRS];
static ctxt_t *volatile others[OTHERS]; /* a server's other contexts */

static void *wait_below(void *argument)
{
    struct pair *pair = argument;
    for (;;) {
        sem_wait(&pair->made);
        ctxt_t *part = ctxt_with_cancel(pair->request);
        sem_post(&pair->below_made);
        ctxt_wait(part, CTXT_NEVER);
        ctxt_unref(part); /* it has ended */
        sem_post(&pair->done);
    }
    return NULL;
}

static void *serve(void *argument)
{
    struct pair *pair = argument;
    for (;;) {
        pair->request = ctxt_with_cancel(ctxt_background());
        sem_post(&pair->made);
        sem_wait(&pair->below_made);
        ctxt_cancel(pair->request);
        sem_wait(&pair->done);
        ctxt_unref(pair->request);
    }
    return NULL;
}

static void *end_with_input(void *unused)
{
    while (getchar() != '\n' && !feof(stdin))
        ;
    _exit(0);
    return unused;
}

static void start(void *(*function)(void *), void *argument)
{
    pthread_t thread;
    require(pthread_create(&thread, NULL, function, argument) == 0, "no thread");
    pthread_detach(thread);
}

int main(void)
{
    for (int i = 0; i < OTHERS; i++)
        others[i] = ctxt_with_cancel(ctxt_background());
    for (int i = 0; i < PAIRS; i++) {
        sem_init(&pairs[i].made, 0, 0);
        sem_init(&pairs[i].below_made, 0, 0);
        sem_init(&pairs[i].done, 0, 0);
        start(serve, &pairs[i]);
        start(wait_below, &pairs[i]);
    }
    start(end_with_input, NULL);
    puts("ready");
    fflush(stdout);
    pthread_exit(NULL);
}
