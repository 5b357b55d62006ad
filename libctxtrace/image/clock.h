/* The clock by which everything here is timed: monotonic, in nanoseconds; and any other. */
#ifndef CTXTRACE_IMAGE_CLOCK_H
#define CTXTRACE_IMAGE_CLOCK_H

#include <stdint.h>
#include <time.h>

static inline int64_t clock_ns(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static inline int64_t now_ns(void)
{
    return clock_ns(CLOCK_MONOTONIC);
}

#endif
