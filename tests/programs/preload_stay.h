/*
 * What the programs for the preload have in common. They know nothing of ctxtrace: each arranges
 * something, says "ready", and stays so until a line or the end comes on its standard input.
 */
#ifndef CTXTRACE_TESTS_PROGRAMS_PRELOAD_STAY_H
#define CTXTRACE_TESTS_PROGRAMS_PRELOAD_STAY_H

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define OUT_OF_LINE __attribute__((noinline))

static inline void say_ready_and_stay(void)
{
    puts("ready");
    fflush(stdout);
    int got;
    do
        got = getchar();
    while (got != '\n' && got != EOF);
}

static inline void require_at(int condition, const char *what, int line)
{
    if (condition)
        return;
    fprintf(stderr, "line %d: this does not hold: %s\n", line, what);
    _Exit(70);
}
#define REQUIRE(condition) require_at(!!(condition), #condition, __LINE__)

static inline void sleep_ms(long milliseconds)
{
    struct timespec left = {milliseconds / 1000, milliseconds % 1000 * 1000000};
    nanosleep(&left, NULL);
}

#endif
