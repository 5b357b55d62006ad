/*
 * A program that has threads, all of them well, and ends in order, in the way that its first
 * argument says: by exit, _exit, quick_exit, in a child by _exit, by exec of the second argument
 * (after one that fails) or by execveat of a descriptor of it, as another user (the second
 * argument) or in another root directory.
 */
#include "preload_stay.h"

#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER, never = PTHREAD_COND_INITIALIZER;
static int waiting;

static void *wait_for_ever(void *unused)
{
    pthread_mutex_lock(&mutex);
    waiting++;
    pthread_cond_broadcast(&changed);
    for (;;)
        pthread_cond_wait(&never, &mutex);
    return unused;
}

static void have_threads(void)
{
    enum { COUNT = 4 };
    pthread_t thread;
    waiting = 0;
    for (int i = 0; i < COUNT; i++)
        REQUIRE(pthread_create(&thread, NULL, wait_for_ever, NULL) == 0);
    pthread_mutex_lock(&mutex);
    while (waiting < COUNT)
        pthread_cond_wait(&changed, &mutex);
    pthread_mutex_unlock(&mutex);
}

static int in_child(void)
{
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
        have_threads();
        _exit(5);
    }
    REQUIRE(waitpid(child, &status, 0) == child);
    return WEXITSTATUS(status);
}

static int become_opened(const char *path)
{
    have_threads();
    char *arguments[] = {(char *)path, NULL};
    execveat(open(path, O_PATH | O_CLOEXEC), "", arguments, environ, AT_EMPTY_PATH);
    return 70;
}

static int become(const char *path)
{
    have_threads();
    char *arguments[] = {(char *)path, NULL};
    execv("/there/is/no/such/program", arguments);
    execv(path, arguments);
    return 70;
}

int main(int count, char **arguments)
{
    const char *how = count > 1 ? arguments[1] : "exit";
    if (strcmp(how, "child") == 0)
        return in_child();
    if (strcmp(how, "execveat") == 0)
        return become_opened(arguments[2]);
    if (strcmp(how, "exec") == 0)
        return become(arguments[2]);
    if (strcmp(how, "user") == 0)
        REQUIRE(setuid((uid_t)atoi(arguments[2])) == 0);
    if (strcmp(how, "root") == 0)
        REQUIRE(chroot(arguments[2]) == 0 && chdir("/") == 0);
    have_threads();
    if (strcmp(how, "user late") == 0)
        REQUIRE(setuid((uid_t)atoi(arguments[2])) == 0);
    if (strcmp(how, "stay") == 0)
        say_ready_and_stay();
    if (strcmp(how, "_exit") == 0)
        _exit(5);
    if (strcmp(how, "quick_exit") == 0)
        quick_exit(5);
    return 5;
}
