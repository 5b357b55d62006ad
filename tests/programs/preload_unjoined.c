/*
 * Threads that have ended and are not joined: "helpers", two, and main returns; "batch", one after
 * another, and joined at the end; "leak", never.
 */
#include "preload_stay.h"

#include <pthread.h>
#include <string.h>

enum { JOBS = 40 };

static pthread_t threads[JOBS];

static void *job(void *unused)
{
    return unused;
}

OUT_OF_LINE static void start(int count)
{
    for (int i = 0; i < count; i++) {
        REQUIRE(pthread_create(&threads[i], NULL, job, NULL) == 0);
        sleep_ms(10);
    }
}

int main(int count, char **arguments)
{
    const char *what = count > 1 ? arguments[1] : "helpers";
    int jobs = strcmp(what, "helpers") == 0 ? 2 : JOBS;
    start(jobs);
    say_ready_and_stay();
    for (int i = 0; strcmp(what, "batch") == 0 && i < jobs; i++)
        REQUIRE(pthread_join(threads[i], NULL) == 0);
    return 0;
}
