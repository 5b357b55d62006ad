/* Lines of text with a meaning each: the detail pane, the help screen. */
#ifndef CTXTOP_LINES_H
#define CTXTOP_LINES_H

#include "ctxtop/theme.h"

#include <stdbool.h>
#include <stddef.h>

struct line {
    char *text;
    enum meaning meaning;
};

struct lines {
    struct line *lines;
    size_t count, room;
    unsigned width; /* what sentences are broken to; 0: 100 columns */
    bool failed;    /* memory ran out; nothing more is added */
};

__attribute__((format(printf, 3, 4))) void lines_add(struct lines *lines, enum meaning meaning,
                                                     const char *format, ...);

/* "label     text", the texts of successive calls in one column. */
__attribute__((format(printf, 3, 4))) void lines_add_field(struct lines *lines, const char *label,
                                                           const char *format, ...);

/* Like the above, with a meaning. */
__attribute__((format(printf, 4, 5))) void lines_add_meaning(struct lines *lines, const char *label,
                                                             enum meaning meaning,
                                                             const char *format, ...);

/* Breaks text into lines of at most `lines->width` columns, `indent` spaces in front of each. */
void lines_add_wrapped(struct lines *lines, enum meaning meaning, unsigned indent,
                       const char *text);

/* Forgets the lines; the width stays. */
void lines_clear(struct lines *lines);
void lines_free(struct lines *lines);

#endif
