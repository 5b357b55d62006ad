/*
 * Making text that nothing is known of harmless: what a terminal might obey becomes visible.
 *
 * Well-formed UTF-8 is kept. Control characters, bytes that are not UTF-8, and the characters that
 * reorder or break lines become visible: \n, \t, \x1b, \u202e. A backslash stays as it is: what
 * comes out is to be read by people, not to be decoded. Text that was escaped stays as it is.
 */
#ifndef CTXTRACE_SNAPSHOT_ESCAPE_H
#define CTXTRACE_SNAPSHOT_ESCAPE_H

#include <stdbool.h>
#include <stddef.h>

/* The longest that one byte or character becomes: "\u202e". */
enum { ESCAPED_MAX = 6 };

/* Is it ASCII that needs no escapes? Quick; other text may need none, either. */
bool text_is_plain(const char *text, size_t length);

/* Writes to `out`, which has room for length * ESCAPED_MAX; returns the length, without a NUL. */
size_t text_escape(const char *text, size_t length, char *out);

#endif
