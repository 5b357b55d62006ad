#include "base/moment.h"

#include "base/clock.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <time.h>

/* Rounds down, also before 1970. False: there is no such moment. */
static bool local_time(int64_t ns, struct tm *local, int64_t *nanoseconds)
{
    if (ns == INT64_MIN || ns == INT64_MAX)
        return false;
    *nanoseconds = (ns % NS_PER_SECOND + NS_PER_SECOND) % NS_PER_SECOND;
    time_t seconds = (time_t)(ns / NS_PER_SECOND - (ns % NS_PER_SECOND < 0));
    return localtime_r(&seconds, local) != NULL;
}

const char *moment_text(char *out, size_t size, int64_t ns_since_1970)
{
    struct tm local;
    int64_t nanoseconds;
    if (!local_time(ns_since_1970, &local, &nanoseconds) ||
        strftime(out, size, "%Y-%m-%d %H:%M:%S %z", &local) == 0)
        snprintf(out, size, "?");
    return out;
}

const char *moment_text_short(char *out, size_t size, int64_t ns_since_1970)
{
    struct tm local;
    int64_t nanoseconds;
    char zone[8] = "";
    if (!local_time(ns_since_1970, &local, &nanoseconds)) {
        snprintf(out, size, "?");
        return out;
    }
    strftime(zone, sizeof zone, "%z", &local);
    snprintf(out, size, "%02d:%02d:%02d.%03" PRId64 " %s", local.tm_hour, local.tm_min,
             local.tm_sec, nanoseconds / NS_PER_MS, zone);
    return out;
}
