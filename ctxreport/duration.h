/*
 * Durations and moments, as people write and read them.
 */
#ifndef CTXREPORT_DURATION_H
#define CTXREPORT_DURATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/duration.h"

/* "2026-03-01 12:00:01 +0100": local time with its zone. Returns `buffer`. */
const char *moment_text(char *buffer, size_t size, int64_t nanoseconds_since_1970);
#define MOMENT_SIZE 32

#endif
