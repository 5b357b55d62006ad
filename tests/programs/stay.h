/*
 * What the planted-defect programs and their clean twins have in common: each arranges something,
 * says "ready" when it is as it is meant to be, and stays so until a line comes on its standard
 * input (then it ends regularly) or a signal ends it.
 */
#ifndef CTXTRACE_TESTS_PROGRAMS_STAY_H
#define CTXTRACE_TESTS_PROGRAMS_STAY_H

#include <ctxtrace/ctxtrace.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* Keeps a function in the stacks that the tests look for. */
#define OUT_OF_LINE __attribute__((noinline))

static inline void say_ready_and_stay(void)
{
    puts("ready");
    fflush(stdout);
    while (getchar() != '\n' && !feof(stdin))
        ;
}

static inline void require(int condition, const char *what)
{
    if (condition)
        return;
    fprintf(stderr, "cannot go on: %s\n", what);
    exit(70);
}

static inline void sleep_ms(long milliseconds)
{
    struct timespec left = {milliseconds / 1000, milliseconds % 1000 * 1000000};
    nanosleep(&left, NULL);
}

/*
 * Waits until so many threads have said that they are about to block, and then for them to do it.
 * There is no way to ask whether they have, so this is generous.
 */
static inline void until_blocked(_Atomic int *about_to_block, int threads)
{
    while (*about_to_block < threads)
        sleep_ms(1);
    sleep_ms(300);
}

#endif
