/* Short jobs that are started one after another, and all joined at the end of a batch. */
#include "preload_stay.h"

#include <pthread.h>

enum { JOBS = 60, REST_MS = 3000 };

static _Atomic int ending;

static void *do_job(void *unused)
{
    sleep_ms(1);
    return unused;
}

static void *run_batches(void *unused)
{
    pthread_t jobs[JOBS];
    while (!ending) {
        for (int i = 0; i < JOBS; i++)
            REQUIRE(pthread_create(&jobs[i], NULL, do_job, NULL) == 0);
        for (int left = REST_MS; left > 0 && !ending; left -= 5)
            sleep_ms(5);
        for (int i = 0; i < JOBS; i++)
            pthread_join(jobs[i], NULL);
    }
    return unused;
}

int main(void)
{
    pthread_t runner;
    pthread_create(&runner, NULL, run_batches, NULL);
    say_ready_and_stay();
    ending = 1;
    pthread_join(runner, NULL);
    return 0;
}
