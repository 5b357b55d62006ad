/* Four threads that do nothing but take and give back one lock: "mutex", "rwlock", or two in order.
 */
#include "preload_stay.h"

#include <pthread.h>
#include <string.h>

static pthread_mutex_t first = PTHREAD_MUTEX_INITIALIZER, second = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static volatile unsigned long work;

static void work_a_little(void)
{
    for (int i = 0; i < 200; i++)
        work++;
}

static void *use_mutex(void *unused)
{
    for (;;) {
        pthread_mutex_lock(&first);
        work++;
        pthread_mutex_unlock(&first);
    }
    return unused;
}

static void *use_two(void *unused)
{
    for (;;) {
        pthread_mutex_lock(&first);
        pthread_mutex_lock(&second);
        work++;
        pthread_mutex_unlock(&first);
        work_a_little();
        pthread_mutex_unlock(&second);
    }
    return unused;
}

static void *use_rwlock(void *argument)
{
    long number = (long)argument;
    for (;;) {
        REQUIRE((number % 2 ? pthread_rwlock_wrlock : pthread_rwlock_rdlock)(&rwlock) == 0);
        work_a_little();
        pthread_rwlock_unlock(&rwlock);
    }
    return NULL;
}

int main(int count, char **arguments)
{
    const char *what = count > 1 ? arguments[1] : "mutex";
    void *(*use)(void *) = strcmp(what, "rwlock") == 0 ? use_rwlock
                           : strcmp(what, "two") == 0  ? use_two
                                                       : use_mutex;
    pthread_t thread;
    for (long i = 0; i < 4; i++)
        REQUIRE(pthread_create(&thread, NULL, use, (void *)i) == 0);
    say_ready_and_stay();
    return 0;
}
