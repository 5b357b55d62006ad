/* main returns, or leaves by pthread_exit() if told so, while another thread lives. */
#include "preload_stay.h"

#include <pthread.h>

static void *live_on(void *argument)
{
    sleep_ms(300);
    puts("still there");
    fflush(stdout);
    if (argument)
        exit(6);
    sleep_ms(60000);
    return argument;
}

int main(int count, char **arguments)
{
    pthread_t made;
    REQUIRE(pthread_create(&made, NULL, live_on, count > 1 ? arguments[1] : NULL) == 0);
    if (count > 1)
        pthread_exit(NULL);
    sleep_ms(600);
    return 5;
}
