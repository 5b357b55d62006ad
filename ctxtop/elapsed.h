/*
 * How long ago a moment of a program's clock was, or how far ahead, as short text for people.
 *
 * All write a NUL-terminated string that is cut to `size`. Safe for any thread.
 */
#ifndef CTXTOP_ELAPSED_H
#define CTXTOP_ELAPSED_H

#include <stddef.h>
#include <stdint.h>

/*
 * The time from `moment` to `now`, or from `now` to `moment` for a moment to come. "-" when there
 * is no such moment (SNAPSHOT_NEVER), "?" when it is not known (SNAPSHOT_TIME_UNKNOWN).
 */
void duration_since(int64_t moment, int64_t now, char *out, size_t size);
void duration_until(int64_t moment, int64_t now, char *out, size_t size);

#endif
