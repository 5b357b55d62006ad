/*
 * Time for the recorder: CLOCK_MONOTONIC, read as cheaply as the machine allows.
 *
 * Where the kernel itself keeps time by the time-stamp counter, a thread reads the system's clock
 * only once in a while and adds to it what the counter has advanced since, by a rate that is
 * measured when the process is a few milliseconds old. The rate is applied for at most
 * CLOCK_TRUST_NS, so its error (below 10^-4, the sampling error over CLOCK_MEASURE_NS) stays below
 * the resolution that anybody could notice. Times of one thread never go backwards. Everywhere else
 * it is clock_gettime.
 */
#ifndef CTXTRACE_RECORD_CLOCK_H
#define CTXTRACE_RECORD_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

/* One thread's. All zero: not read yet. */
struct clock {
    uint64_t counter; /* at the last reading of the system's clock */
    int64_t base_ns;
    int64_t last_ns; /* the last answer */
};

/* Once, before the first reading. */
void clock_prepare(void);

int64_t clock_now(struct clock *clock);

/* Good to some milliseconds, and cheaper still: for events that only need an order. */
int64_t clock_about_now(struct clock *clock);

/* Is time read without a system call here? False if that is not known. */
bool clock_needs_no_call(void);

#endif
