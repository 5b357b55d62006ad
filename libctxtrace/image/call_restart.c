#include "image/call_restart.h"

#include "base/clock.h"
#include "base/times.h"
#include "image/blocking_call.h"

#include <errno.h>
#include <sys/ptrace.h>

static bool peek(int tid, uint64_t address, int64_t *word)
{
    errno = 0;
    *word = ptrace(PTRACE_PEEKDATA, tid, (void *)(uintptr_t)address, NULL);
    return errno == 0;
}

/* Seconds, and parts of a second; 0: they cannot be read. */
static int64_t read_time_out(int tid, uint64_t address, int64_t part_ns)
{
    int64_t seconds, parts, ns;
    if (!peek(tid, address, &seconds) || !peek(tid, address + sizeof seconds, &parts))
        return 0;
    if (__builtin_mul_overflow(seconds, NS_PER_SECOND, &ns))
        return 0;
    return time_plus(ns, parts * part_ns);
}

static int64_t time_out_of(const struct blocking_call *call, const struct sleeper *now)
{
    uint64_t argument = now->arguments[call->argument];
    switch (call->time_out) {
    case TIME_OUT_MILLISECONDS:
        return (int)argument * NS_PER_MS;
    case TIME_OUT_TIMESPEC:
        return read_time_out(now->tid, argument, 1);
    case TIME_OUT_TIMEVAL:
        return read_time_out(now->tid, argument, NS_PER_US);
    default:
        return 0;
    }
}

struct call_restart call_restart_of(const struct sleeper *now, const struct sleeper *before,
                                    int directory)
{
    struct call_restart restart = {0};
    const struct blocking_call *call = blocking_call_find(now->number);
    if (!call || !blocking_call_is_timed(call, now->arguments, directory))
        return restart;
    restart.is_timed = true;
    restart.time_out_ns = time_out_of(call, now);
    if (!sleeper_is_same(now, before))
        restart.since_ns = before->at_ns;
    return restart;
}

void call_restart_count(const struct call_restart *restart, int64_t began_ns, int64_t ended_ns,
                        struct restarts *restarts)
{
    int64_t late_ns = restart->since_ns ? time_between(restart->since_ns, ended_ns) : INT64_MAX;
    if (!restart->is_timed)
        return;
    if (restart->time_out_ns) {
        int64_t latest_ns = time_plus(restart->time_out_ns, time_between(began_ns, ended_ns));
        late_ns = late_ns < latest_ns ? late_ns : latest_ns;
    }
    restarts->count++;
    if (late_ns == INT64_MAX)
        restarts->unbounded++;
    else if (late_ns > restarts->latest_ns)
        restarts->latest_ns = late_ns;
}
