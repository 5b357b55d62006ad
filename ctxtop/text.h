/*
 * Text in screen columns: measuring, cutting, padding, and making it fit for the terminal.
 *
 * Text is UTF-8. Widths are those of wcwidth(), so the locale must have been set. Safe for any
 * thread.
 */
#ifndef CTXTOP_TEXT_H
#define CTXTOP_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum align { ALIGN_LEFT, ALIGN_RIGHT };

/*
 * What the terminal, or whatever reads the output, can show. Set once at the start, before there
 * are other threads: with `unicode` false, everything beyond ASCII leaves as '?' and cut text ends
 * in '~'; otherwise it ends in an ellipsis.
 */
void text_set_unicode(bool unicode);
bool text_is_unicode(void);

/*
 * Decodes one character of the `length` bytes at `text` (more than 0) and returns how many bytes
 * it took; broken UTF-8 is one byte and U+FFFD.
 */
size_t text_next(const char *text, size_t length, uint32_t *character);

/* Columns that the text takes. */
unsigned text_width(const char *text);

/*
 * Copies `text` so that it takes at most `width` columns, cut with an ellipsis if need be, and
 * exactly `width` columns if `pad`. Control characters become '?'. Returns the columns taken.
 */
unsigned text_fit(char *out, size_t size, const char *text, unsigned width, enum align align,
                  bool pad);

/* text_fit() without a limit: makes bytes of an unknown origin fit for the terminal. */
void text_clean(char *out, size_t size, const char *text, size_t length);

/* A sentence of the tool on standard error, as "ctxtop: ..."; it may name files of others. */
void text_say(const char *sentence);

/* Does `text` contain `word`? Case is ignored unless `word` has a capital letter. ASCII only. */
bool text_contains(const char *text, const char *word);

#endif
