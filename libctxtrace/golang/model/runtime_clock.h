/*
 * Time as the program itself noted it: when collections ended, the latest moment on record, and how
 * its monotonic clock relates to the time of day. For a core there is no other source of time.
 */
#ifndef CTXTRACE_GOLANG_MODEL_RUNTIME_CLOCK_H
#define CTXTRACE_GOLANG_MODEL_RUNTIME_CLOCK_H

#include "golang/capture/goroutines.h"
#include "golang/model/contexts.h"

#define CLOCK_COLLECTIONS 256 /* as many as the runtime keeps */

struct runtime_clock {
    int64_t started_ns; /* SNAPSHOT_TIME_UNKNOWN */
    int64_t latest_ns;  /* the latest moment that it noted; SNAPSHOT_TIME_UNKNOWN */
    /* Monotonic + this = nanoseconds since 1970; 0: not known. */
    int64_t realtime_offset_ns;
    /* The ends of the last collections, on the monotonic clock, in order. */
    int64_t collections[CLOCK_COLLECTIONS + 1];
    size_t collection_count;
};

/* Without symbols little is found: what goroutines and contexts have noted. */
void runtime_clock_read(const struct go_program *program, const struct goroutines *goroutines,
                        const struct contexts *contexts, struct runtime_clock *clock);

/*
 * Turns what the runtime noted in each goroutine into a time since when it has certainly waited, 0
 * if that is not known; runtime_clock.c has the argument.
 */
void runtime_clock_bound_waits(const struct runtime_clock *clock, struct goroutines *goroutines);

#endif
