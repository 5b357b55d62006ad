/* Durations and counts as people write them. */
#ifndef CTXTRACE_BASE_DURATION_H
#define CTXTRACE_BASE_DURATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * "250ms", "1.5s", "2m", "1h", "3d"; a number alone is of `bare` nanoseconds each. False if it is
 * none of these, negative, or longer than 100 years.
 */
bool duration_parse_bare(const char *text, int64_t bare, int64_t *nanoseconds);

/* The same; a number alone is seconds. */
bool duration_parse(const char *text, int64_t *nanoseconds);

/* "12 ms", "3.4 s", "2 min 13 s", "5 h 2 min", "3 d 4 h". Returns `buffer`. */
const char *duration_text(char *buffer, size_t size, int64_t nanoseconds);
#define DURATION_SIZE 32

/* "12,345". Returns `buffer`. */
const char *number_text(char *buffer, size_t size, int64_t number);
#define NUMBER_SIZE 32

#endif
