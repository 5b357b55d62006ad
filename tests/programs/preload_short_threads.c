/* Thousands of threads that come and go in every way; prints by how many kilobytes it grew. */
#include "preload_stay.h"

#include <pthread.h>

enum { WARM_UP = 2000, MANY = 12000 };

static void *end(void *argument)
{
    return argument;
}

static void *detach_itself(void *argument)
{
    pthread_detach(pthread_self());
    return argument;
}

static void *leave(void *argument)
{
    pthread_exit(argument);
}

static void start_one(int number)
{
    void *(*const functions[])(void *) = {end, detach_itself, leave, end, end};
    pthread_t made;
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    if (number % 5 == 4)
        pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    while (pthread_create(&made, &attributes, functions[number % 5], NULL) != 0)
        sleep_ms(1);
    if (number % 5 == 0 || number % 5 == 2)
        pthread_join(made, NULL);
    else if (number % 5 == 3)
        pthread_detach(made);
}

static long resident_kilobytes(void)
{
    char line[256];
    long kilobytes = 0;
    FILE *status = fopen("/proc/self/status", "r");
    while (status && fgets(line, sizeof line, status))
        sscanf(line, "VmRSS: %ld", &kilobytes);
    if (status)
        fclose(status);
    return kilobytes;
}

int main(void)
{
    for (int i = 0; i < WARM_UP; i++)
        start_one(i);
    long before = resident_kilobytes();
    for (int i = 0; i < MANY; i++)
        start_one(i);
    sleep_ms(200);
    printf("%ld\n", resident_kilobytes() - before);
    say_ready_and_stay();
    return 0;
}
