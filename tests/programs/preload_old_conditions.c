/*
 * A program that was linked long ago: it asks for the first version of condition variables, which
 * are pointers to what libc allocates, and of posix_spawn(), which gives a file that is no
 * executable to a shell.
 */
#include "preload_stay.h"

#include <errno.h>
#include <pthread.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#if defined(__x86_64__)
#define OLD(function) __asm__(".symver " #function ", " #function "@GLIBC_2.2.5")
OLD(pthread_cond_wait);
OLD(pthread_cond_timedwait);
OLD(pthread_cond_signal);
OLD(pthread_cond_broadcast);
OLD(pthread_cond_destroy);
OLD(posix_spawn);
#endif

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition;
static int waiting, go;

static void *wait_until_told(void *unused)
{
    pthread_setname_np(pthread_self(), "waiter");
    pthread_mutex_lock(&mutex);
    waiting = 1;
    while (!go)
        REQUIRE(pthread_cond_wait(&condition, &mutex) == 0);
    pthread_mutex_unlock(&mutex);
    return unused;
}

static void run_script(void)
{
    char path[] = "old-conditions-XXXXXX";
    int file = mkstemp(path), status = 0;
    REQUIRE(file >= 0 && write(file, "exit 5\n", 7) == 7 && fchmod(file, 0700) == 0);
    close(file);
    char *arguments[] = {path, NULL};
    pid_t child;
    REQUIRE(posix_spawn(&child, path, NULL, NULL, arguments, NULL) == 0);
    REQUIRE(waitpid(child, &status, 0) == child);
    unlink(path);
    printf("the script exits with %d\n", WEXITSTATUS(status));
}

int main(void)
{
    pthread_t thread;
    struct timespec past = {1, 0};
    run_script();
    REQUIRE(pthread_create(&thread, NULL, wait_until_told, NULL) == 0);
    pthread_mutex_lock(&mutex);
    REQUIRE(pthread_cond_timedwait(&condition, &mutex, &past) == ETIMEDOUT);
    while (!waiting) {
        pthread_mutex_unlock(&mutex);
        sleep_ms(1);
        pthread_mutex_lock(&mutex);
    }
    pthread_mutex_unlock(&mutex);
    say_ready_and_stay();
    pthread_mutex_lock(&mutex);
    go = 1;
    pthread_cond_signal(&condition);
    pthread_mutex_unlock(&mutex);
    REQUIRE(pthread_join(thread, NULL) == 0);
    pthread_cond_destroy(&condition);
    return 9;
}
