/*
 * Durations, counts and moments as short text for people.
 *
 * All write a NUL-terminated string that is cut to `size`. Safe for any thread.
 */
#ifndef CTXTOP_DURATION_H
#define CTXTOP_DURATION_H

#include <stddef.h>
#include <stdint.h>

/* Room for any text that these functions make. */
#define DURATION_SIZE 32

/*
 * At most seven characters for anything below 1000 days: "850ns", "12us", "345ms", "4.2s", "43s",
 * "5m12s", "3h04m", "12d03h", "412d"; with a minus in front when negative.
 */
void duration_format(int64_t nanoseconds, char *out, size_t size);

/*
 * The time from `moment` to `now`, or from `now` to `moment` for a moment to come. "-" when there
 * is no such moment (SNAPSHOT_NEVER), "?" when it is not known (SNAPSHOT_TIME_UNKNOWN).
 */
void duration_since(int64_t moment, int64_t now, char *out, size_t size);
void duration_until(int64_t moment, int64_t now, char *out, size_t size);

/* 1,234,567 */
void count_format(uint64_t count, char *out, size_t size);

/* At most five characters below 10^15: 9999, 12.3k, 345k, 4.5M. */
void count_format_short(uint64_t count, char *out, size_t size);

/* Changes per second: "0", "0.3", "12", "1,234". */
void rate_format(double per_second, char *out, size_t size);

/*
 * A moment of the program's clock in local time, with its zone: "2025-11-22 12:10:04 +0100"; "?"
 * for one that lies beyond all dates. The offset leads from there to nanoseconds since 1970.
 */
void moment_format(int64_t moment, int64_t realtime_offset_ns, char *out, size_t size);

/* The same without the date, with milliseconds: "12:10:04.123 +0100". */
void moment_format_short(int64_t moment, int64_t realtime_offset_ns, char *out, size_t size);

#endif
