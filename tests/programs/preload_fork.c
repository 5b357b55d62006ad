/* Forks while its other threads contend for locks; children use threads, and one becomes another.
 */
#include "preload_stay.h"

#include <pthread.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CHILDREN = 60, CONTENDERS = 3 };

static pthread_mutex_t contended = PTHREAD_MUTEX_INITIALIZER;
static int is_over;

static void *end_at_once(void *argument)
{
    return argument;
}

static void *contend(void *argument)
{
    while (!__atomic_load_n(&is_over, __ATOMIC_RELAXED)) {
        pthread_mutex_lock(&contended);
        sched_yield();
        pthread_mutex_unlock(&contended);
        pthread_t made;
        REQUIRE(pthread_create(&made, NULL, end_at_once, NULL) == 0);
        pthread_join(made, NULL);
    }
    return argument;
}

static void *add_one(void *argument)
{
    pthread_mutex_t *mutex = argument;
    pthread_mutex_lock(mutex);
    pthread_mutex_unlock(mutex);
    return NULL;
}

/* In the child only this thread exists. */
static int be_child(void)
{
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&mutex);
    pthread_t made[4];
    for (int i = 0; i < 4; i++)
        REQUIRE(pthread_create(&made[i], NULL, add_one, &mutex) == 0);
    sleep_ms(2);
    pthread_mutex_unlock(&mutex);
    for (int i = 0; i < 4; i++)
        REQUIRE(pthread_join(made[i], NULL) == 0);
    return 3;
}

/* A thread that is not the main one forks: its child goes on in it, and it ends there. */
static void *fork_in_thread(void *argument)
{
    pid_t *child = argument;
    *child = fork();
    if (*child == 0) {
        REQUIRE(be_child() == 3);
        pthread_exit(NULL);
    }
    return NULL;
}

static int status_of(pid_t child)
{
    int status;
    REQUIRE(waitpid(child, &status, 0) == child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int main(int count, char **arguments)
{
    if (count > 1 && strcmp(arguments[1], "child") == 0)
        return be_child() + 1;
    pthread_t contenders[CONTENDERS];
    for (int i = 0; i < CONTENDERS; i++)
        REQUIRE(pthread_create(&contenders[i], NULL, contend, NULL) == 0);
    for (int i = 0; i < CHILDREN; i++) {
        pid_t child = fork();
        if (child == 0)
            exit(be_child());
        REQUIRE(status_of(child) == 3);
    }
    pid_t child = fork();
    if (child == 0) {
        execl(arguments[0], arguments[0], "child", (char *)NULL);
        _exit(71);
    }
    REQUIRE(status_of(child) == 4);
    pthread_t forker;
    REQUIRE(pthread_create(&forker, NULL, fork_in_thread, &child) == 0);
    pthread_join(forker, NULL);
    REQUIRE(status_of(child) == 0);
    __atomic_store_n(&is_over, 1, __ATOMIC_RELAXED);
    for (int i = 0; i < CONTENDERS; i++)
        pthread_join(contenders[i], NULL);
    puts("done");
    return 0;
}
