/* Durations as people write them, wherever the tools take a TIME. */
#ifndef CTXTRACE_BASE_DURATION_H
#define CTXTRACE_BASE_DURATION_H

#include <stdbool.h>
#include <stdint.h>

/*
 * "250ms", "1.5s", "2m", "1h", "3d"; a number alone is of `bare` nanoseconds each. False if it is
 * none of these, negative, or longer than 100 years.
 */
bool duration_parse_bare(const char *text, int64_t bare, int64_t *nanoseconds);

/* The same; a number alone is seconds. */
bool duration_parse(const char *text, int64_t *nanoseconds);

#endif
