/*
 * Waits that are left by a jump out of a signal handler, more often than a thread keeps waits: of a
 * semaphore and of a mutex. At the end the thread works, and waits for nothing; then it takes a
 * lock, which a thread that waits for it must be told to hold.
 */
#include "preload_stay.h"

#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>

enum { JUMPS = 300 };

static sem_t never;
static pthread_mutex_t taken = PTHREAD_MUTEX_INITIALIZER, last = PTHREAD_MUTEX_INITIALIZER;
static sigjmp_buf outside;
static atomic_int waits, left;

static void *hold(void *unused)
{
    pthread_setname_np(pthread_self(), "holder");
    REQUIRE(pthread_mutex_lock(&taken) == 0);
    sem_post((sem_t *)unused);
    for (;;)
        sleep_ms(1000);
    return unused;
}

static void *want(void *unused)
{
    pthread_setname_np(pthread_self(), "waiter");
    pthread_mutex_lock(&last);
    return unused;
}

static void jump(int number)
{
    (void)number;
    siglongjmp(outside, 1);
}

/* Sends the signal whenever main sleeps: it does so in the waits that it is to leave. */
static void *disturb(void *main_thread)
{
    char state;
    for (int i = 0; i < 2 * JUMPS;) {
        FILE *file = fopen("/proc/self/stat", "r");
        REQUIRE(file && fscanf(file, "%*d %*s %c", &state) == 1);
        fclose(file);
        if (state != 'S' || waits == i)
            continue;
        pthread_kill(*(pthread_t *)main_thread, SIGUSR1);
        i++;
        while (left < i)
            sched_yield();
    }
    return NULL;
}

static void leave_a_wait(int which)
{
    if (sigsetjmp(outside, 1)) {
        left++;
        return;
    }
    waits++;
    for (;;) {
        if (which)
            sem_wait(&never);
        else
            pthread_mutex_lock(&taken);
    }
}

int main(void)
{
    pthread_t thread, self = pthread_self();
    sem_init(&never, 0, 0);
    signal(SIGUSR1, jump);
    REQUIRE(pthread_create(&thread, NULL, hold, &never) == 0);
    sem_wait(&never);
    REQUIRE(pthread_create(&thread, NULL, disturb, &self) == 0);
    for (int i = 0; i < 2 * JUMPS; i++)
        leave_a_wait(i % 2);
    REQUIRE(pthread_join(thread, NULL) == 0);
    REQUIRE(pthread_mutex_lock(&last) == 0);
    REQUIRE(pthread_create(&thread, NULL, want, NULL) == 0);
    say_ready_and_stay();
    return 0;
}
