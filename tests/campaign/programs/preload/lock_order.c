/* Two mutexes and a lock for readers and writers, always taken in the same order. */
#include "preload_stay.h"

#include <pthread.h>

enum { THREADS = 6 };

static pthread_mutex_t first = PTHREAD_MUTEX_INITIALIZER, second = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t third = PTHREAD_RWLOCK_INITIALIZER;
static _Atomic int ending;

static void take_all(unsigned turn)
{
    pthread_mutex_lock(&first);
    if (turn % 4 == 0)
        pthread_mutex_unlock(&first);
    pthread_mutex_lock(&second);
    if (turn % 2 == 0)
        pthread_rwlock_rdlock(&third);
    else
        pthread_rwlock_wrlock(&third);
    pthread_rwlock_unlock(&third);
    pthread_mutex_unlock(&second);
    if (turn % 4 != 0)
        pthread_mutex_unlock(&first);
}

static void *work(void *argument)
{
    for (unsigned turn = (unsigned)(long)argument; !ending; turn++)
        take_all(turn);
    return NULL;
}

int main(void)
{
    pthread_t threads[THREADS];
    for (long i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, work, (void *)i);
    say_ready_and_stay();
    ending = 1;
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    return 0;
}
