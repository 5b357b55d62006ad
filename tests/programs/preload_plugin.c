/* A library whose constructor makes a thread, and waits for it to have begun. */
#include <pthread.h>
#include <semaphore.h>

static sem_t begun, may_end;
static pthread_t made;

static void *serve(void *argument)
{
    sem_post(&begun);
    sem_wait(&may_end);
    return argument;
}

__attribute__((constructor)) static void load(void)
{
    sem_init(&begun, 0, 0);
    sem_init(&may_end, 0, 0);
    pthread_create(&made, NULL, serve, NULL);
    sem_wait(&begun);
}

__attribute__((destructor)) static void unload(void)
{
    sem_post(&may_end);
    pthread_join(made, NULL);
}
