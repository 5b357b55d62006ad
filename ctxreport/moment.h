#ifndef CTXREPORT_MOMENT_H
#define CTXREPORT_MOMENT_H

#include <stddef.h>
#include <stdint.h>

#define MOMENT_SIZE 32

/* "2026-03-01 12:00:01 +0100": local time with its zone. Returns `buffer`. */
const char *moment_text(char *buffer, size_t size, int64_t nanoseconds_since_1970);

#endif
