/*
 * How long a goroutine has waited. A collection that finds a goroutine waiting stores work.tstart
 * in its waitsince, unless there is a time already. But work.tstart is the time at which the *last*
 * collection reached its mark termination, as this one has not reached it yet. So of a goroutine
 * with the time T(k) it is known that collection k had not found it waiting, and that collection k
 * + 1 did: it may have begun to wait long after T(k), but before collection k + 1 ended. It has
 * waited at least since that end.
 *
 * The end of collection k + 1 is no later than
 *   - the second of the known ends after T(k); the first may be that of collection k itself, whose
 *     mark termination began at T(k),
 *   - any time later than T(k) that was stored in another goroutine, T(k + 1) at the earliest.
 * If neither is there, collection k + 1 has only just been at work, and nothing is known.
 *
 * The latest moment. The runtime notes the time of the last collection, of the last network poll,
 * and, for each P, when sysmon saw it schedule and enter a system call and, since Go 1.19, when it
 * went idle (the limiter of garbage collection counts idle time): in an idle program the last of
 * these is when it last did something. At the latest of all these moments the program was alive; it
 * may have lived on for any time after that.
 *
 * The time of day. The end of the last collection is noted on both clocks. Without one, each
 * deadline context has its deadline as a time of day, and its timer has it on the monotonic clock,
 * a few microseconds late: the least late of them counts.
 */
#include "golang/model/runtime_clock.h"

#include "base/clock.h"
#include "base/sorted.h"
#include "golang/binary/field.h"

#include <stdlib.h>

#define MOST_PROCESSORS 4096
/* No machine is up for longer: a hundred years. */
#define MOST_NS         (INT64_C(100) * 366 * 86400 * NS_PER_SECOND)

static void note(struct runtime_clock *clock, int64_t moment_ns)
{
    if (moment_ns > 0 && moment_ns < MOST_NS && moment_ns > clock->latest_ns)
        clock->latest_ns = moment_ns;
}

/* ---- collections ---- */

static int by_time(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
    return (left > right) - (left < right);
}

static void add_collection(struct runtime_clock *clock, int64_t end_ns)
{
    if (end_ns > 0 && end_ns < MOST_NS)
        clock->collections[clock->collection_count++] = end_ns;
}

static void read_collections(const struct go_program *program, struct runtime_clock *clock)
{
    uint64_t ends[CLOCK_COLLECTIONS], statistics = program->statistics;
    int32_t offset = field_offset(program, STATS_PAUSE_END);
    int64_t last_ns = (int64_t)field_word(program, statistics, STATS_LAST_GC_NANOTIME);
    int64_t last_unix_ns = (int64_t)field_word(program, statistics, STATS_LAST_GC_UNIX);
    if (!statistics || last_ns <= 0 || last_ns >= MOST_NS || last_unix_ns <= last_ns)
        return;
    clock->realtime_offset_ns = last_unix_ns - last_ns;
    note(clock, last_ns);
    if (offset >= 0 &&
        memory_read(program->memory, statistics + (uint64_t)offset, ends, sizeof ends))
        for (size_t i = 0; i < CLOCK_COLLECTIONS; i++)
            if (ends[i] > (uint64_t)clock->realtime_offset_ns && ends[i] < (uint64_t)last_unix_ns)
                add_collection(clock, (int64_t)ends[i] - clock->realtime_offset_ns);
    add_collection(clock, last_ns);
    qsort(clock->collections, clock->collection_count, sizeof clock->collections[0], by_time);
}

/* ---- the latest moment ---- */

/* When the P went idle, or began to help a collection; the kind of event is in the upper bits. */
static int64_t limiter_time(const struct go_program *program, uint64_t processor)
{
    return (int64_t)(field_word(program, processor, P_LIMITER_STAMP) << 3 >> 3);
}

static void read_scheduler(const struct go_program *program, struct runtime_clock *clock)
{
    struct slice processors = {0};
    if (program->scheduler)
        note(clock, (int64_t)field_word(program, program->scheduler, SCHEDULER_LAST_POLL));
    if (program->processors)
        processors = go_slice(program, program->processors);
    for (uint64_t i = 0; i < processors.length && i < MOST_PROCESSORS; i++) {
        uint64_t processor = memory_word(program->memory, processors.data + 8 * i);
        note(clock, (int64_t)field_word(program, processor, P_SCHEDULED_WHEN));
        note(clock, (int64_t)field_word(program, processor, P_SYSCALL_WHEN));
        note(clock, limiter_time(program, processor));
    }
}

/* ---- the time of day ---- */

static void read_deadlines(const struct go_program *program, const struct contexts *contexts,
                           struct runtime_clock *clock)
{
    int64_t offset_ns;
    for (size_t i = 0; i < contexts->count; i++) {
        const struct go_context *context = &contexts->items[i];
        if (context->deadline_realtime_ns == INT64_MAX)
            continue;
        uint64_t timer = field_word(program, context->address, TIMERCTX_TIMER);
        int64_t when = timer ? (int64_t)field_word(program, timer, TIME_TIMER_WHEN) : 0;
        if (when > 0 && when < MOST_NS &&
            !__builtin_sub_overflow(context->deadline_realtime_ns, when, &offset_ns) &&
            offset_ns > clock->realtime_offset_ns)
            clock->realtime_offset_ns = offset_ns;
    }
}

void runtime_clock_read(const struct go_program *program, const struct goroutines *goroutines,
                        const struct contexts *contexts, struct runtime_clock *clock)
{
    *clock = (struct runtime_clock){.started_ns = SNAPSHOT_TIME_UNKNOWN,
                                    .latest_ns = SNAPSHOT_TIME_UNKNOWN};
    int64_t started_ns =
        program->started ? (int64_t)memory_word(program->memory, program->started) : 0;
    if (started_ns > 0 && started_ns < MOST_NS)
        clock->started_ns = started_ns;
    note(clock, started_ns);
    read_collections(program, clock);
    read_scheduler(program, clock);
    for (size_t i = 0; i < goroutines->count; i++)
        note(clock, goroutines->items[i].wait_since);
    if (!clock->realtime_offset_ns)
        read_deadlines(program, contexts, clock);
}

/* ---- waits ---- */

/* The first time in order that is later; `count` if none is. */
static size_t after(const int64_t *times, size_t count, int64_t time)
{
    return SORTED_FIRST(i, 0, count, times[i] > time);
}

void runtime_clock_bound_waits(const struct runtime_clock *clock, struct goroutines *goroutines)
{
    int64_t *noted = calloc(goroutines->count + 1, sizeof *noted);
    for (size_t i = 0; noted && i < goroutines->count; i++)
        noted[i] = goroutines->items[i].wait_since;
    if (noted)
        qsort(noted, goroutines->count, sizeof *noted, by_time);
    for (size_t i = 0; i < goroutines->count; i++) {
        int64_t *since = &goroutines->items[i].wait_since, bound = INT64_MAX;
        if (*since <= 0)
            continue;
        size_t own = after(clock->collections, clock->collection_count, *since);
        size_t other = noted ? after(noted, goroutines->count, *since) : goroutines->count;
        if (own + 1 < clock->collection_count)
            bound = clock->collections[own + 1];
        if (other < goroutines->count && noted[other] < bound)
            bound = noted[other];
        *since = bound == INT64_MAX ? 0 : bound;
    }
    free(noted);
}
