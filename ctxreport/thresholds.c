#include "ctxreport/thresholds.h"

#include "base/duration.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>

const struct threshold threshold_table[] = {
    {"min-age", "Do not judge contexts and waits that are younger (1s)", THRESHOLD_NANOSECONDS,
     offsetof(struct thresholds, min_age_ns)},
    {"max-lag", "A task may go on that long after its context ended (1s)", THRESHOLD_NANOSECONDS,
     offsetof(struct thresholds, max_lag_ns)},
    {"max-depth", "A chain of contexts may be that deep (50)", THRESHOLD_NUMBER,
     offsetof(struct thresholds, max_depth)},
    {"max-repeats", "One site may be that often on one ancestry (3)", THRESHOLD_NUMBER,
     offsetof(struct thresholds, max_repeats)},
    {"max-children", "A context may have that many children (1000)", THRESHOLD_NUMBER,
     offsetof(struct thresholds, max_children)},
    {"max-registrations",
     "One site may have that many callbacks on one context, or unjoined threads; or things left "
     "open (10)",
     THRESHOLD_NUMBER, offsetof(struct thresholds, max_registrations)},
    {"min-growth", "With --watch: a site that has so many more is growing (4)", THRESHOLD_NUMBER,
     offsetof(struct thresholds, min_growth)},
    {0},
};

int64_t threshold_value(const struct threshold *threshold, const struct thresholds *thresholds)
{
    const char *field = (const char *)thresholds + threshold->offset;
    if (threshold->unit == THRESHOLD_NANOSECONDS)
        return *(const int64_t *)(const void *)field;
    return *(const uint32_t *)(const void *)field;
}

bool threshold_parse(const struct threshold *threshold, const char *text,
                     struct thresholds *thresholds)
{
    char *field = (char *)thresholds + threshold->offset;
    if (threshold->unit == THRESHOLD_NANOSECONDS)
        return duration_parse(text, (int64_t *)(void *)field);

    char *end;
    errno = 0;
    unsigned long number = strtoul(text, &end, 10);
    if (!isdigit((unsigned char)text[0]) || *end != '\0' || errno != 0 || number > UINT32_MAX)
        return false;
    *(uint32_t *)(void *)field = (uint32_t)number;
    return true;
}
