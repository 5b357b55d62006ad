#include "ctxtop/stopwatch.h"

#include "base/clock.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

void stopwatch_add(struct stopwatch *stopwatch, int64_t duration_ns)
{
    stopwatch->laps[stopwatch->count++ % STOPWATCH_LAPS] = duration_ns;
}

static int compare_laps(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

void stopwatch_print(const struct stopwatch *stopwatch, const char *name, FILE *out)
{
    size_t count = stopwatch->count < STOPWATCH_LAPS ? stopwatch->count : STOPWATCH_LAPS;
    if (count == 0) {
        fprintf(out, "%s: never\n", name);
        return;
    }
    int64_t sorted[STOPWATCH_LAPS];
    memcpy(sorted, stopwatch->laps, count * sizeof sorted[0]);
    qsort(sorted, count, sizeof sorted[0], compare_laps);
    fprintf(out, "%s: %" PRIu64 " times, median %.2f ms, 99 %% %.2f ms, longest %.2f ms\n", name,
            stopwatch->count, (double)sorted[count / 2] / NS_PER_MS,
            (double)sorted[count * 99 / 100] / NS_PER_MS, (double)sorted[count - 1] / NS_PER_MS);
}
