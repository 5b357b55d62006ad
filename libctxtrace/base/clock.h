/*
 * Reading the system's clocks, in nanoseconds. Nothing else reads them; a recorder's own time,
 * which is cheaper, is in record/clock.h, and a recorded program's in segment/program_clock.h.
 */
#ifndef CTXTRACE_BASE_CLOCK_H
#define CTXTRACE_BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

#define NS_PER_SECOND INT64_C(1000000000)
#define NS_PER_MS     INT64_C(1000000)
#define NS_PER_US     INT64_C(1000)

static inline int64_t clock_ns(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * NS_PER_SECOND + now.tv_nsec;
}

/* The monotonic clock, by which everything is timed. */
static inline int64_t now_ns(void)
{
    return clock_ns(CLOCK_MONOTONIC);
}

/* A time or a duration, not negative, as system calls take it. */
static inline struct timespec timespec_of(int64_t ns)
{
    return (struct timespec){.tv_sec = ns / NS_PER_SECOND, .tv_nsec = ns % NS_PER_SECOND};
}

/* Since 1970. For what a person reads; it jumps when the date is set. */
static inline int64_t realtime_ns(void)
{
    return clock_ns(CLOCK_REALTIME);
}

#endif
