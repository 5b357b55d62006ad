/* A small file as text, such as /proc and /sys have. */
#ifndef CTXTRACE_BASE_READ_TEXT_H
#define CTXTRACE_BASE_READ_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/*
 * What one read of the file gives, at most size - 1 bytes, and a NUL. `path` as for openat(2).
 * False when that is nothing, or it cannot be read; the text is then empty.
 */
bool read_text(int directory, const char *path, char *text, size_t size);

#endif
