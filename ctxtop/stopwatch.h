/* How long something took, often: for --debug. One thread. */
#ifndef CTXTOP_STOPWATCH_H
#define CTXTOP_STOPWATCH_H

#include <stdint.h>
#include <stdio.h>

#define STOPWATCH_LAPS 4096

/* Of more laps than there is room for, the latest are kept. */
struct stopwatch {
    int64_t laps[STOPWATCH_LAPS];
    uint64_t count;
};

void stopwatch_add(struct stopwatch *stopwatch, int64_t duration_ns);

/* "name: 120 times, median 0.3 ms, 99 % 1.2 ms, longest 2.1 ms" */
void stopwatch_print(const struct stopwatch *stopwatch, const char *name, FILE *out);

#endif
