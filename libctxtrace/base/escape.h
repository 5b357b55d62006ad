/*
 * Making untrusted text harmless: whatever a terminal might obey becomes visible.
 *
 * Well-formed UTF-8 is kept. Control characters, bytes that are not UTF-8, and the characters that
 * reorder or break lines become visible: \n, \t, \x1b, \u202e. A backslash stays as it is: what
 * comes out is to be read by people, not to be decoded. Escaping twice changes nothing.
 */
#ifndef CTXTRACE_BASE_ESCAPE_H
#define CTXTRACE_BASE_ESCAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Decodes the character that begins at `text`, where `length` bytes (at least 1) can be read.
 * Returns how many bytes it takes, 0 if they are not well-formed UTF-8.
 */
size_t text_decode(const char *text, size_t length, uint32_t *character);

/* Does it neither control a terminal nor reorder, break or hide the text around it? */
bool character_is_harmless(uint32_t character);

/* The longest that one byte or character becomes: "\u202e". */
enum { ESCAPED_MAX = 6 };

/* Is it ASCII that needs no escapes? A quick test: other text may need none, either. */
bool text_is_plain(const char *text, size_t length);

/* Writes to `out`, which has room for length * ESCAPED_MAX; returns the length, without a NUL. */
size_t text_escape(const char *text, size_t length, char *out);

#endif
