#include "ctxtop/elapsed.h"

#include "base/duration.h"
#include "base/times.h"
#include "snapshot/snapshot.h"

#include <stdio.h>

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
