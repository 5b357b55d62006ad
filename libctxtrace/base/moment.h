/*
 * Moments as people read them, in local time with its offset from UTC: when clocks go back, one
 * hour happens twice. Databases and JSON have nanoseconds.
 */
#ifndef CTXTRACE_BASE_MOMENT_H
#define CTXTRACE_BASE_MOMENT_H

#include <stddef.h>
#include <stdint.h>

/* Room for any text that these functions make. */
#define MOMENT_SIZE 32

/*
 * Both take nanoseconds since 1970 and return `out`, which is cut to `size`. What no date can
 * express, such as the ends of the range (see base/times.h), is "?".
 */

/* "2026-03-01 12:00:01 +0100" */
const char *moment_text(char *out, size_t size, int64_t ns_since_1970);

/* Without the date, with milliseconds: "12:00:01.123 +0100" */
const char *moment_text_short(char *out, size_t size, int64_t ns_since_1970);

#endif
