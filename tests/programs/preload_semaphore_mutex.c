/* A mutex as a semaphore: main locks it twice; a thread unlocks it when a line comes from stdin. */
#include "preload_stay.h"

#include <pthread.h>

static pthread_mutex_t door = PTHREAD_MUTEX_INITIALIZER;

static void *open_door(void *unused)
{
    say_ready_and_stay();
    REQUIRE(pthread_mutex_unlock(&door) == 0);
    return unused;
}

int main(void)
{
    pthread_t opener;
    REQUIRE(pthread_mutex_lock(&door) == 0);
    REQUIRE(pthread_create(&opener, NULL, open_door, NULL) == 0);
    REQUIRE(pthread_mutex_lock(&door) == 0);
    REQUIRE(pthread_join(opener, NULL) == 0);
    return 0;
}
