/* Our own monotonic clock, in nanoseconds. Safe for any thread. */
#ifndef CTXTOP_CLOCK_H
#define CTXTOP_CLOCK_H

#include <stdint.h>
#include <time.h>

static inline int64_t clock_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

#endif
