/* Helpers that end by themselves; main returns and never joins them. The end of all takes them
 * along. */
#include "preload_stay.h"

#include <pthread.h>

enum { HELPERS = 2 };

static void *help(void *unused)
{
    return unused;
}

int main(void)
{
    pthread_t helper;
    for (int i = 0; i < HELPERS; i++)
        pthread_create(&helper, NULL, help, NULL);
    say_ready_and_stay();
    return 0;
}
