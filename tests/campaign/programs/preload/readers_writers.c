/* Readers and writers of one lock, without a rest. */
#include "preload_stay.h"

#include <pthread.h>

enum { WRITERS = 2, THREADS = 4 };

static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
static _Atomic int ending;

static void compute(int rounds)
{
    for (volatile int i = 0; i < rounds; i++)
        ;
}

static void *write_it(void *unused)
{
    while (!ending) {
        pthread_rwlock_wrlock(&lock);
        compute(200);
        pthread_rwlock_unlock(&lock);
    }
    return unused;
}

static void *read_it(void *unused)
{
    while (!ending) {
        pthread_rwlock_rdlock(&lock);
        compute(200);
        pthread_rwlock_unlock(&lock);
    }
    return unused;
}

int main(void)
{
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, i < WRITERS ? write_it : read_it, NULL);
    say_ready_and_stay();
    ending = 1;
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    return 0;
}
