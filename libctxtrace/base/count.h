/* Counts as people read them. */
#ifndef CTXTRACE_BASE_COUNT_H
#define CTXTRACE_BASE_COUNT_H

#include <stddef.h>
#include <stdint.h>

/* Room for any text that these functions make. */
#define COUNT_SIZE 32

/* All return `out`, which is cut to `size`. */

/* "1,234,567" */
const char *count_text(char *out, size_t size, uint64_t count);

/* The same for a number that may be negative: "-1,234". */
const char *number_text(char *out, size_t size, int64_t number);

/* At most five characters below 10^15: "9999", "12.3k", "345k", "4.5M". */
const char *count_text_short(char *out, size_t size, uint64_t count);

/* Changes per second: "0", "0.3", "12", "1,234". */
const char *rate_text(char *out, size_t size, double per_second);

#endif
