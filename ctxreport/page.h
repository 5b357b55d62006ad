/*
 * Text for a person: wrapped to a width, with colours where there is a terminal that wants them.
 *
 * Whatever passes through here cannot make a terminal do anything: reports come from strangers,
 * too, so control characters and what is not UTF-8 are shown as escapes.
 *
 * A style never carries the meaning alone; the words say it as well.
 */
#ifndef CTXREPORT_PAGE_H
#define CTXREPORT_PAGE_H

#include <stdbool.h>
#include <stdio.h>

enum style {
    STYLE_PLAIN,
    STYLE_TITLE,
    STYLE_FAINT,
    STYLE_PROVED,
    STYLE_LIKELY,
    STYLE_SUSPECT,
    STYLE_GOOD,
    STYLE_WARNING,
    STYLE_COUNT
};

struct page {
    FILE *out;
    bool color;
    int width;
};

/* Colours and width as the stream, NO_COLOR, TERM and COLUMNS ask for. */
struct page page_for(FILE *out);

void page_put(const struct page *page, enum style style, const char *text);
/* At most so many columns of it; "..." stands for the rest. */
void page_put_short(const struct page *page, enum style style, const char *text, int columns);
__attribute__((format(printf, 3, 4))) void page_print(const struct page *page, enum style style,
                                                      const char *format, ...);

/*
 * Words wrapped between `indent` and the width, every line indented, with a newline at the end. The
 * styled `lead` comes first; it may be empty.
 */
void page_paragraph(const struct page *page, int indent, enum style style, const char *lead,
                    const char *text);

/* As many columns as the text takes when written by page_put(). */
int page_columns(const char *text);

#endif
