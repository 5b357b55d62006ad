/*
 * Moments of a program's clock as short text for people.
 *
 * All write a NUL-terminated string that is cut to `size`. Safe for any thread.
 */
#ifndef CTXTOP_MOMENT_H
#define CTXTOP_MOMENT_H

#include <stddef.h>
#include <stdint.h>

/*
 * The time from `moment` to `now`, or from `now` to `moment` for a moment to come. "-" when there
 * is no such moment (SNAPSHOT_NEVER), "?" when it is not known (SNAPSHOT_TIME_UNKNOWN).
 */
void duration_since(int64_t moment, int64_t now, char *out, size_t size);
void duration_until(int64_t moment, int64_t now, char *out, size_t size);

/*
 * A moment of the program's clock in local time, with its zone: "2025-11-22 12:10:04 +0100"; "?"
 * for one that lies beyond all dates. The offset leads from there to nanoseconds since 1970.
 */
void moment_format(int64_t moment, int64_t realtime_offset_ns, char *out, size_t size);

/* The same without the date, with milliseconds: "12:10:04.123 +0100". */
void moment_format_short(int64_t moment, int64_t realtime_offset_ns, char *out, size_t size);

#endif
