/*
 * The limits of the rules as options and as rows of a report. A new one is one row of the table.
 */
#ifndef CTXREPORT_THRESHOLDS_H
#define CTXREPORT_THRESHOLDS_H

#include "findings/rule.h"

#include <stdbool.h>

enum threshold_unit { THRESHOLD_NANOSECONDS, THRESHOLD_NUMBER };

struct threshold {
    const char *name; /* of the option, without "--" */
    const char *help;
    enum threshold_unit unit;
    size_t offset; /* in struct thresholds: an int64_t for nanoseconds, a uint32_t for numbers */
};

/* Ends with a name of NULL. */
extern const struct threshold threshold_table[];

int64_t threshold_value(const struct threshold *threshold, const struct thresholds *thresholds);

/* False if `text` is not a duration or a number that fits. */
bool threshold_parse(const struct threshold *threshold, const char *text,
                     struct thresholds *thresholds);

#endif
