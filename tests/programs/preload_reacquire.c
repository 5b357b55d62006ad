/*
 * Whoever waits for a condition gives up a mutex and wants it back. "stuck": a thread was
 * signalled, and main joins it with the mutex held. "unsignalled": nobody has signalled it yet,
 * main has the mutex and waits for a thread that will. "busy": threads that signal each other
 * without a rest, and hold another lock meanwhile.
 */
#include "preload_stay.h"

#include <pthread.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

enum { BUSY = 4 };

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static pthread_mutex_t others[BUSY];
static bool waits, signalled;
static long turn;

static void *wait_for_signal(void *unused)
{
    pthread_setname_np(pthread_self(), "signalled");
    pthread_mutex_lock(&mutex);
    waits = true;
    while (!signalled)
        pthread_cond_wait(&condition, &mutex);
    pthread_mutex_unlock(&mutex);
    return unused;
}

/* With the mutex held, and the thread in its wait. */
static pthread_t start_waiter(void)
{
    pthread_t thread;
    pthread_create(&thread, NULL, wait_for_signal, NULL);
    for (;;) {
        pthread_mutex_lock(&mutex);
        if (waits)
            return thread;
        pthread_mutex_unlock(&mutex);
    }
}

static void *sleep_for_long(void *unused)
{
    pause();
    return unused;
}

static void *take_turns(void *argument)
{
    pthread_mutex_t *own = argument;
    long self = own - others;
    pthread_mutex_lock(own);
    pthread_mutex_lock(&mutex);
    while (turn >= 0) {
        while (turn % BUSY != self)
            pthread_cond_wait(&condition, &mutex);
        turn++;
        pthread_cond_broadcast(&condition);
    }
    return NULL;
}

int main(int count, char **arguments)
{
    const char *kind = count > 1 ? arguments[1] : "stuck";
    pthread_t thread;
    if (strcmp(kind, "busy") == 0) {
        for (int i = 0; i < BUSY; i++) {
            pthread_mutex_init(&others[i], NULL);
            pthread_create(&thread, NULL, take_turns, &others[i]);
        }
    } else {
        thread = start_waiter();
        signalled = strcmp(kind, "stuck") == 0;
        if (signalled)
            pthread_cond_signal(&condition);
        else
            pthread_create(&thread, NULL, sleep_for_long, NULL);
    }
    puts("ready");
    fflush(stdout);
    pthread_join(thread, NULL);
    return 0;
}
