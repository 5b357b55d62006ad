#include "ctxtop/moment.h"

#include "base/clock.h"
#include "base/duration.h"
#include "snapshot/snapshot.h"
#include "snapshot/times.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <time.h>

static int is_special(int64_t moment, char *out, size_t size)
{
    if (moment == SNAPSHOT_NEVER) {
        snprintf(out, size, "-");
        return 1;
    }
    if (moment == SNAPSHOT_TIME_UNKNOWN) {
        snprintf(out, size, "?");
        return 1;
    }
    return 0;
}

void duration_since(int64_t moment, int64_t now, char *out, size_t size)
{
    if (is_special(moment, out, size) || is_special(now, out, size))
        return;
    /* A thing that began after the sample's clock was read is new, not from the future. */
    int64_t since = time_between(moment, now);
    duration_text(out, size, since < 0 ? 0 : since);
}

void duration_until(int64_t moment, int64_t now, char *out, size_t size)
{
    if (is_special(moment, out, size) || is_special(now, out, size))
        return;
    duration_text(out, size, time_between(now, moment));
}

/* Rounds down, also before 1970. False: there is no such moment. */
static bool local_time(int64_t moment, int64_t realtime_offset_ns, struct tm *local,
                       int64_t *nanoseconds)
{
    int64_t realtime_ns;
    if (__builtin_add_overflow(moment, realtime_offset_ns, &realtime_ns))
        return false;
    *nanoseconds = (realtime_ns % NS_PER_SECOND + NS_PER_SECOND) % NS_PER_SECOND;
    time_t seconds = (time_t)(realtime_ns / NS_PER_SECOND - (realtime_ns % NS_PER_SECOND < 0));
    return localtime_r(&seconds, local) != NULL;
}

void moment_format(int64_t moment, int64_t realtime_offset_ns, char *out, size_t size)
{
    struct tm local;
    int64_t nanoseconds;
    if (!local_time(moment, realtime_offset_ns, &local, &nanoseconds) ||
        strftime(out, size, "%Y-%m-%d %H:%M:%S %z", &local) == 0)
        snprintf(out, size, "?");
}

void moment_format_short(int64_t moment, int64_t realtime_offset_ns, char *out, size_t size)
{
    struct tm local;
    int64_t nanoseconds;
    char zone[8] = "";
    if (!local_time(moment, realtime_offset_ns, &local, &nanoseconds)) {
        snprintf(out, size, "?");
        return;
    }
    strftime(zone, sizeof zone, "%z", &local);
    snprintf(out, size, "%02d:%02d:%02d.%03" PRId64 " %s", local.tm_hour, local.tm_min,
             local.tm_sec, nanoseconds / 1000000, zone);
}
