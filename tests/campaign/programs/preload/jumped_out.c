/*
 * A signal handler leaves a wait by siglongjmp(), as old programs make timeouts; the thread then
 * does something else, holding what the others want.
 *
 *     jumped_out semaphore|mutex
 */
#include "preload_stay.h"

#include <pthread.h>
#include <semaphore.h>
#include <setjmp.h>
#include <signal.h>
#include <string.h>

enum { WORK_MS = 1600 };

static sem_t never;
static pthread_mutex_t theirs = PTHREAD_MUTEX_INITIALIZER, ours = PTHREAD_MUTEX_INITIALIZER;
static sigjmp_buf out;
static _Atomic int ending, held, waiting, left;
static int by_mutex;

static void leave(int number)
{
    (void)number;
    if (waiting)
        siglongjmp(out, 1);
}

static void rest(int milliseconds)
{
    for (int more = milliseconds; more > 0 && !ending; more -= 5)
        sleep_ms(5);
}

static void wait_until(const _Atomic int *flag)
{
    while (!*flag && !ending)
        sleep_ms(1);
}

/* Waits for what does not come, is fetched out, and works for a while; `ours` is held meanwhile. */
static void *wait_in_vain(void *unused)
{
    while (!ending) {
        wait_until(&held); /* by the other: it will not come */
        held = 0;
        pthread_mutex_lock(&ours);
        if (sigsetjmp(out, 1) == 0) {
            waiting = 1;
            if (by_mutex)
                pthread_mutex_lock(&theirs);
            else
                sem_wait(&never);
        }
        waiting = 0;
        left = 1;
        rest(WORK_MS);
        pthread_mutex_unlock(&ours);
    }
    return unused;
}

/* Holds `theirs`, fetches the other out, and then, when that has left, wants what it holds. */
static void *fetch_out(void *waiter)
{
    while (!ending) {
        pthread_mutex_lock(&theirs);
        held = 1;
        wait_until(&waiting);
        sleep_ms(20);
        pthread_kill(*(pthread_t *)waiter, SIGUSR1);
        wait_until(&left);
        left = 0;
        pthread_mutex_lock(&ours);
        pthread_mutex_unlock(&ours);
        pthread_mutex_unlock(&theirs);
    }
    return NULL;
}

int main(int argc, char **argv)
{
    pthread_t waiter, fetcher;
    by_mutex = argc > 1 && strcmp(argv[1], "mutex") == 0;
    sem_init(&never, 0, 0);
    signal(SIGUSR1, leave);
    pthread_create(&waiter, NULL, wait_in_vain, NULL);
    pthread_create(&fetcher, NULL, fetch_out, &waiter);
    say_ready_and_stay();
    ending = 1;
    return 0; /* with its threads as they are */
}
