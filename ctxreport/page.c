#include "ctxreport/page.h"

#include "base/escape.h"
#include "base/lack.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { WIDTH_NARROWEST = 40, WIDTH_DEFAULT = 100, WIDTH_WIDEST = 120 };

static const char *const style_codes[STYLE_COUNT] = {
    [STYLE_PLAIN] = "",
    [STYLE_TITLE] = "\033[1m",
    [STYLE_FAINT] = "\033[2m",
    [STYLE_PROVED] = "\033[1;31m",
    [STYLE_LIKELY] = "\033[1;33m",
    [STYLE_SUSPECT] = "\033[1;36m",
    [STYLE_GOOD] = "\033[32m",
    [STYLE_WARNING] = "\033[33m",
};

static int width_of(int descriptor)
{
    struct winsize size;
    const char *columns = getenv("COLUMNS");
    int width = columns ? atoi(columns) : 0;
    if (width <= 0 && ioctl(descriptor, TIOCGWINSZ, &size) == 0)
        width = size.ws_col;
    if (width <= 0)
        return WIDTH_DEFAULT;
    if (width < WIDTH_NARROWEST)
        return WIDTH_NARROWEST;
    return width > WIDTH_WIDEST ? WIDTH_WIDEST : width;
}

struct page page_for(FILE *out)
{
    int descriptor = fileno(out);
    const char *no_color = getenv("NO_COLOR"), *terminal = getenv("TERM");
    bool is_terminal = descriptor >= 0 && isatty(descriptor);
    bool color = is_terminal && (!no_color || no_color[0] == '\0') && terminal &&
                 strcmp(terminal, "dumb") != 0;
    return (struct page){out, color, is_terminal ? width_of(descriptor) : WIDTH_DEFAULT};
}

/* ---- characters ---- */

/* Length of the well-formed and harmless character that begins here, 0 if there is none. */
static size_t character_length(const char *text, const char *end)
{
    uint32_t character;
    size_t length = text_decode(text, (size_t)(end - text), &character);
    return length && character_is_harmless(character) ? length : 0;
}

static void put_escaped(FILE *out, const char *text, const char *end)
{
    while (text < end) {
        size_t length = character_length(text, end);
        if (length)
            fwrite(text, 1, length, out);
        else
            fprintf(out, "\\x%02x", (unsigned char)*text);
        text += length ? length : 1;
    }
}

static int columns_between(const char *text, const char *end)
{
    int columns = 0;
    while (text < end) {
        size_t length = character_length(text, end);
        columns += length ? 1 : 4;
        text += length ? length : 1;
    }
    return columns;
}

int page_columns(const char *text)
{
    return columns_between(text, text + strlen(text));
}

/* ---- writing ---- */

static void style_begin(const struct page *page, enum style style)
{
    if (page->color)
        fputs(style_codes[style], page->out);
}

static void style_end(const struct page *page, enum style style)
{
    if (page->color && style != STYLE_PLAIN)
        fputs("\033[0m", page->out);
}

void page_put(const struct page *page, enum style style, const char *text)
{
    style_begin(page, style);
    put_escaped(page->out, text, text + strlen(text));
    style_end(page, style);
}

void page_put_short(const struct page *page, enum style style, const char *text, int columns)
{
    const char *end = text, *whole = text + strlen(text);
    int used = 0;
    while (end < whole && used < columns) {
        size_t length = character_length(end, whole);
        used += length ? 1 : 4;
        end += length ? length : 1;
    }
    style_begin(page, style);
    put_escaped(page->out, text, end);
    if (end < whole)
        fputs("...", page->out);
    style_end(page, style);
}

void page_print(const struct page *page, enum style style, const char *format, ...)
{
    char *text = NULL;
    va_list arguments;
    va_start(arguments, format);
    int length = vasprintf(&text, format, arguments);
    va_end(arguments);
    if (length < 0) {
        lack_note();
        return;
    }
    page_put(page, style, text);
    free(text);
}

/* Writes the words behind what stands in the line already; returns the column behind them. */
static int put_words(const struct page *page, enum style style, int indent, int column,
                     const char *text)
{
    for (const char *end; *(text += strspn(text, " ")) != '\0'; text = end) {
        end = text + strcspn(text, " ");
        int columns = columns_between(text, end);
        if (column > 0 && column + 1 + columns > page->width) {
            fputc('\n', page->out);
            column = 0;
        }
        if (column == 0)
            column = fprintf(page->out, "%*s", indent, "");
        else
            column += fputc(' ', page->out) == ' ';
        style_begin(page, style);
        put_escaped(page->out, text, end);
        style_end(page, style);
        column += columns;
    }
    return column;
}

void page_paragraph(const struct page *page, int indent, enum style style, const char *lead,
                    const char *text)
{
    int column = put_words(page, style, indent, 0, lead);
    put_words(page, STYLE_PLAIN, indent, column, text);
    fputc('\n', page->out);
}
