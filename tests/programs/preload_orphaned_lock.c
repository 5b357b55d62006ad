/*
 * A lock whose holder is no thread of the process: "ended", it ended with the lock; "forked", it is
 * a thread of the parent. In both nobody else is there. With "watched" another thread is.
 */
#include "preload_stay.h"

#include <pthread.h>
#include <string.h>
#include <unistd.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static int stays;

static void *hold(void *unused)
{
    REQUIRE(pthread_mutex_lock(&mutex) == 0);
    while (stays)
        pause();
    return unused;
}

static void *watch(void *unused)
{
    say_ready_and_stay();
    return unused;
}

int main(int count, char **arguments)
{
    const char *how = count > 1 ? arguments[1] : "ended";
    pthread_t holder, watcher;
    stays = strcmp(how, "forked") == 0;
    REQUIRE(pthread_create(&holder, NULL, hold, NULL) == 0);
    if (stays) {
        while (pthread_mutex_trylock(&mutex) == 0)
            pthread_mutex_unlock(&mutex);
        pid_t child = fork();
        if (child > 0) {
            printf("%d\n", (int)child);
            say_ready_and_stay();
            return 0;
        }
        pthread_mutex_lock(&mutex);
    }
    REQUIRE(pthread_join(holder, NULL) == 0);
    if (strcmp(how, "watched") == 0)
        REQUIRE(pthread_create(&watcher, NULL, watch, NULL) == 0);
    else
        puts("ready"), fflush(stdout);
    pthread_mutex_lock(&mutex);
    return 0;
}
