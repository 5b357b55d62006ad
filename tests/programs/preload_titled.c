/* Writes a title over its command line when it has begun to be recorded, as workers of servers do.
 */
#include "preload_stay.h"

#include <pthread.h>
#include <semaphore.h>
#include <string.h>

static sem_t never;

static void *wait_for_ever(void *unused)
{
    sem_wait(&never);
    return unused;
}

int main(int argc, char **argv)
{
    static const char title[] = "titled: worker process";
    pthread_t thread;
    REQUIRE(argc == 1 && strlen(argv[0]) >= sizeof title);
    REQUIRE(sem_init(&never, 0, 0) == 0);
    REQUIRE(pthread_create(&thread, NULL, wait_for_ever, NULL) == 0);
    memset(argv[0], 0, strlen(argv[0]));
    memcpy(argv[0], title, sizeof title);
    say_ready_and_stay();
    return 0;
}
