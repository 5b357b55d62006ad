/*
 * A program with busy threads forks a worker, which starts threads of its own; the lock that both
 * inherit is free at the moment of the fork. It is the worker that is looked at.
 */
#include "preload_stay.h"

#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { THREADS = 3 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static long count;

static void *work(void *unused)
{
    for (;;) {
        pthread_mutex_lock(&lock);
        count++;
        pthread_mutex_unlock(&lock);
    }
    return unused;
}

static void start_threads(void)
{
    for (int i = 0; i < THREADS; i++) {
        pthread_t thread;
        REQUIRE(pthread_create(&thread, NULL, work, NULL) == 0);
        pthread_detach(thread);
    }
}

static void be_the_worker(void)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    pthread_mutex_unlock(&lock);
    start_threads();
    printf("ready %d\n", (int)getpid());
    fflush(stdout);
    for (;;)
        pause();
}

int main(void)
{
    start_threads();
    pthread_mutex_lock(&lock);
    pid_t worker = fork();
    if (worker == 0)
        be_the_worker();
    pthread_mutex_unlock(&lock);
    int got;
    do
        got = getchar();
    while (got != '\n' && got != EOF);
    kill(worker, SIGKILL);
    waitpid(worker, NULL, 0);
    return 0;
}
