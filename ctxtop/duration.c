#include "ctxtop/duration.h"

#include "snapshot/snapshot.h"
#include "snapshot/times.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <time.h>

#define SECOND INT64_C(1000000000)
#define MINUTE (60 * SECOND)
#define HOUR   (60 * MINUTE)
#define DAY    (24 * HOUR)

static void format_positive(int64_t ns, const char *sign, char *out, size_t size)
{
    if (ns < 1000)
        snprintf(out, size, "%s%" PRId64 "ns", sign, ns);
    else if (ns < 1000000)
        snprintf(out, size, "%s%" PRId64 "us", sign, ns / 1000);
    else if (ns < SECOND)
        snprintf(out, size, "%s%" PRId64 "ms", sign, ns / 1000000);
    else if (ns < 10 * SECOND)
        snprintf(out, size, "%s%" PRId64 ".%" PRId64 "s", sign, ns / SECOND,
                 ns % SECOND / (SECOND / 10));
    else if (ns < MINUTE)
        snprintf(out, size, "%s%" PRId64 "s", sign, ns / SECOND);
    else if (ns < HOUR)
        snprintf(out, size, "%s%" PRId64 "m%02" PRId64 "s", sign, ns / MINUTE,
                 ns % MINUTE / SECOND);
    else if (ns < DAY)
        snprintf(out, size, "%s%" PRId64 "h%02" PRId64 "m", sign, ns / HOUR, ns % HOUR / MINUTE);
    else if (ns < 100 * DAY)
        snprintf(out, size, "%s%" PRId64 "d%02" PRId64 "h", sign, ns / DAY, ns % DAY / HOUR);
    else
        snprintf(out, size, "%s%" PRId64 "d", sign, ns / DAY);
}

void duration_format(int64_t nanoseconds, char *out, size_t size)
{
    if (nanoseconds >= 0) {
        format_positive(nanoseconds, "", out, size);
        return;
    }
    format_positive(nanoseconds == INT64_MIN ? INT64_MAX : -nanoseconds, "-", out, size);
}

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
    duration_format(since < 0 ? 0 : since, out, size);
}

void duration_until(int64_t moment, int64_t now, char *out, size_t size)
{
    if (is_special(moment, out, size) || is_special(now, out, size))
        return;
    duration_format(time_between(now, moment), out, size);
}

void count_format(uint64_t count, char *out, size_t size)
{
    char digits[24];
    int length = snprintf(digits, sizeof digits, "%" PRIu64, count);
    size_t used = 0;
    for (int i = 0; i < length && used + 2 < size; i++) {
        if (i > 0 && (length - i) % 3 == 0)
            out[used++] = ',';
        out[used++] = digits[i];
    }
    if (size > 0)
        out[used] = '\0';
}

void count_format_short(uint64_t count, char *out, size_t size)
{
    static const char units[] = "kMGTPE";
    if (count < 10000) {
        snprintf(out, size, "%" PRIu64, count);
        return;
    }
    int unit = 0;
    uint64_t divisor = 1000;
    while (count / divisor >= 1000 && units[unit + 1] != '\0') {
        divisor *= 1000;
        unit++;
    }
    uint64_t whole = count / divisor;
    if (whole < 100)
        snprintf(out, size, "%" PRIu64 ".%" PRIu64 "%c", whole, count % divisor / (divisor / 10),
                 units[unit]);
    else
        snprintf(out, size, "%" PRIu64 "%c", whole, units[unit]);
}

void rate_format(double per_second, char *out, size_t size)
{
    if (per_second < 0.05)
        snprintf(out, size, "0");
    else if (per_second < 10)
        snprintf(out, size, "%.1f", per_second);
    else
        count_format((uint64_t)(per_second + 0.5), out, size);
}

/* Rounds down, also before 1970. False: there is no such moment. */
static bool local_time(int64_t moment, int64_t realtime_offset_ns, struct tm *local,
                       int64_t *nanoseconds)
{
    int64_t realtime_ns;
    if (__builtin_add_overflow(moment, realtime_offset_ns, &realtime_ns))
        return false;
    *nanoseconds = (realtime_ns % SECOND + SECOND) % SECOND;
    time_t seconds = (time_t)(realtime_ns / SECOND - (realtime_ns % SECOND < 0));
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
