#include "golang/capture/estimate.h"

#include "base/clock.h"
#include "golang/capture/capture.h"
#include "golang/capture/wanted.h"
#include "image/prefetch.h"
#include "image/urgency.h"

#define MUCH_TOO_LONG    4                     /* limits */
#define ENOUGH_TO_RECKON UINT64_C(1 << 20)     /* bytes */
#define SLOWEST_COPY     (UINT64_C(100) << 20) /* bytes in a second */

/*
 * The time for the rest of a copy that was broken off, at the rate so far; a few bytes are too few
 * to tell.
 */
static int64_t time_of_rest(const struct go_capture *capture)
{
    const double slowest = (double)SLOWEST_COPY / NS_PER_SECOND;
    double rate = slowest;
    if (capture->bulk_bytes >= ENOUGH_TO_RECKON && capture->bulk_ns)
        rate = (double)capture->bulk_bytes / (double)capture->bulk_ns;
    if (rate < slowest)
        rate = slowest;
    return (int64_t)((double)capture->uncopied / rate);
}

/*
 * Copies the running program until the limit. How long that takes depends on who else wants the
 * processors. During the pause we run at real-time priority, if permitted; but while the program
 * runs it should not wait for us. So if we are permitted, our own processor time is what counts.
 */
static int64_t time_of_copy(const struct go_program *program, struct go_capture *capture,
                            int64_t limit_ns)
{
    clockid_t clock = urgency_is_permitted() ? CLOCK_PROCESS_CPUTIME_ID : CLOCK_MONOTONIC;
    int64_t begin = clock_ns(clock);
    struct memory_deadline deadline = {.at_ns = now_ns() + limit_ns};
    struct memory within = memory_within(program->memory, &deadline);
    const struct go_program through = go_program_through(program, &within);
    capture_fill(&through, capture);
    return clock_ns(clock) - begin + (deadline.passed ? time_of_rest(capture) : 0);
}

#define SAMPLE (UINT64_C(4) << 20)

/* The first few of these ranges, which lie ascending and apart. */
static size_t sample_of(const struct ranges *ranges, struct memory_range sample[], size_t room,
                        uint64_t *bytes)
{
    size_t count = 0;
    *bytes = 0;
    for (; count < ranges->count && count < room && *bytes < SAMPLE; count++) {
        sample[count] = ranges->items[count];
        if (sample[count].end - sample[count].start > SAMPLE - *bytes)
            sample[count].end = sample[count].start + (SAMPLE - *bytes);
        *bytes += sample[count].end - sample[count].start;
    }
    return count;
}

/*
 * How long the whole would take at the rate of a part, read twice: the first makes our own pages.
 */
static int64_t extrapolate(const struct go_program *program, const struct ranges *ranges)
{
    struct memory_range sample[256];
    uint64_t bytes;
    size_t count = sample_of(ranges, sample, sizeof sample / sizeof sample[0], &bytes);
    memory_warm(program->memory, sample, count);
    memory_begin_reading(program->memory);
    int64_t begin = clock_ns(CLOCK_THREAD_CPUTIME_ID);
    memory_prefetch(program->memory, sample, count);
    int64_t took_ns = clock_ns(CLOCK_THREAD_CPUTIME_ID) - begin;
    memory_drop(program->memory, sample, count);
    return bytes ? (int64_t)((double)ranges_bytes(ranges) / (double)bytes * (double)took_ns) : 0;
}

/*
 * Allocates our own pages, which takes longer than copying into them; unless the copy would take
 * far too long. Then returns how long it would take, else 0.
 */
static int64_t warm(const struct go_program *program, int64_t limit_ns)
{
    struct heap heap = {0};
    struct wanted wanted = {0};
    if (heap_list(program, &heap))
        wanted_find(program, &heap, &wanted);
    int64_t needed_ns = extrapolate(program, &wanted.whole);
    if (needed_ns <= MUCH_TOO_LONG * limit_ns) {
        memory_warm(program->memory, wanted.whole.items, wanted.whole.count);
        needed_ns = 0;
    }
    wanted_free(&wanted);
    heap_free(&heap);
    memory_begin_reading(program->memory);
    return needed_ns;
}

static void give_back(const struct go_program *program, struct go_capture *capture)
{
    capture_free(capture);
    memory_drop_all(program->memory);
}

#define REHEARSALS 2

/*
 * Other load on the machine makes a rehearsal longer, never shorter. So one that took too long is
 * repeated, unless it took far too long; it costs the program nothing.
 */
int64_t capture_estimate_ns(const struct go_program *program, int64_t limit_ns,
                            struct go_capture *capture)
{
    int64_t shortest_ns = warm(program, limit_ns);
    if (shortest_ns)
        return shortest_ns;
    shortest_ns = INT64_MAX;
    for (unsigned held = 1; shortest_ns > limit_ns; held++) {
        int64_t needed_ns = time_of_copy(program, capture, limit_ns);
        shortest_ns = needed_ns < shortest_ns ? needed_ns : shortest_ns;
        bool is_last = held == REHEARSALS || shortest_ns > MUCH_TOO_LONG * limit_ns;
        capture_empty(capture);
        memory_begin_reading(program->memory);
        if (is_last && shortest_ns > limit_ns)
            give_back(program, capture);
        if (is_last)
            break;
    }
    return shortest_ns;
}
