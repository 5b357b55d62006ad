/*
 * A thread that locks again what it holds: "normal" waits for ever, and nobody is left to help it.
 * The others are refused at once, thousands of times: "checking" by a mutex that checks for errors,
 * "rwlock" by a reader-writer lock.
 */
#include "preload_stay.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>

enum { TIMES = 20000 };

static pthread_mutex_t mutex;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;

static void make_mutex(int kind)
{
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    REQUIRE(pthread_mutexattr_settype(&attributes, kind) == 0);
    REQUIRE(pthread_mutex_init(&mutex, &attributes) == 0);
    REQUIRE(pthread_mutex_lock(&mutex) == 0);
}

int main(int count, char **arguments)
{
    const char *kind = count > 1 ? arguments[1] : "normal";
    if (strcmp(kind, "normal") == 0) {
        make_mutex(PTHREAD_MUTEX_NORMAL);
        puts("ready");
        fflush(stdout);
        pthread_mutex_lock(&mutex);
    }
    make_mutex(PTHREAD_MUTEX_ERRORCHECK);
    REQUIRE(pthread_rwlock_wrlock(&rwlock) == 0);
    puts("ready");
    fflush(stdout);
    for (int i = 0; i < TIMES; i++) {
        REQUIRE(strcmp(kind, "rwlock") == 0 || pthread_mutex_lock(&mutex) == EDEADLK);
        REQUIRE(strcmp(kind, "rwlock") != 0 || pthread_rwlock_rdlock(&rwlock) == EDEADLK);
        REQUIRE(strcmp(kind, "rwlock") != 0 || pthread_rwlock_wrlock(&rwlock) == EDEADLK);
    }
    return 0;
}
