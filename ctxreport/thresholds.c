#include "ctxreport/thresholds.h"

#include "base/duration.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>

const struct threshold threshold_table[] = {
    {"min-age", "Ignore contexts and waits younger than this (1s)", THRESHOLD_NANOSECONDS,
     offsetof(struct thresholds, min_age_ns)},
    {"max-lag", "Ignore tasks that go on for no longer than this after their context ended (1s)",
     THRESHOLD_NANOSECONDS, offsetof(struct thresholds, max_lag_ns)},
    {"max-depth", "Report chains of contexts deeper than this (50)", THRESHOLD_NUMBER,
     offsetof(struct thresholds, max_depth)},
    {"max-repeats", "Report chains in which one site repeats this often (3)", THRESHOLD_NUMBER,
     offsetof(struct thresholds, max_repeats)},
    {"max-children", "Report contexts with more children than this (1000)", THRESHOLD_NUMBER,
     offsetof(struct thresholds, max_children)},
    {"max-registrations",
     "Report sites with more callbacks on one context, unjoined threads, or things left open "
     "than this (10)",
     THRESHOLD_NUMBER, offsetof(struct thresholds, max_registrations)},
    {"min-growth", "With --watch: report sites that grow by at least this many (4)",
     THRESHOLD_NUMBER, offsetof(struct thresholds, min_growth)},
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
