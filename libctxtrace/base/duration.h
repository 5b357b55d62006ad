/*
 * Durations as people read and write them: one grammar on all screens, in all reports and sentences
 * and on command lines. Databases and JSON have nanoseconds.
 */
#ifndef CTXTRACE_BASE_DURATION_H
#define CTXTRACE_BASE_DURATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Room for any text that duration_text() makes. */
#define DURATION_SIZE 32

/*
 * Two units at most, and no more than seven characters for anything below 1000 days: "0s", "850ns",
 * "12us", "345ms", "4.2s", "43s", "5m12s", "3h04m", "12d03h", "412d". Smaller units are cut off; a
 * negative duration has a minus sign in front. Returns `out`, which is cut to `size`.
 */
const char *duration_text(char *out, size_t size, int64_t nanoseconds);

/* The same of a bound, 0 or more, that nothing exceeds: what is smaller makes it larger. */
const char *duration_text_at_most(char *out, size_t size, int64_t nanoseconds);

/*
 * "250ms", "1.5s", "2m" or "2 min", "1h", "3d"; a number alone is of `bare` nanoseconds each. False
 * if it is none of these, negative, or longer than 100 years.
 */
bool duration_parse_bare(const char *text, int64_t bare, int64_t *nanoseconds);

/* The same; a number alone is seconds. */
bool duration_parse(const char *text, int64_t *nanoseconds);

#endif
