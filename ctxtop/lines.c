#include "ctxtop/lines.h"

#include "base/array.h"
#include "ctxtop/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIELD_WIDTH   14
#define DEFAULT_WIDTH 100

/* Takes over `text`, which may be NULL. */
static void append(struct lines *lines, enum meaning meaning, char *text)
{
    if (!text || lines->failed) {
        lines->failed = true;
        free(text);
        return;
    }
    if (!ARRAY_ROOM(lines->lines, lines->room, lines->count + 1)) {
        lines->failed = true;
        free(text);
        return;
    }
    lines->lines[lines->count++] = (struct line){.text = text, .meaning = meaning};
}

void lines_add(struct lines *lines, enum meaning meaning, const char *format, ...)
{
    va_list arguments;
    char *text = NULL;
    va_start(arguments, format);
    if (vasprintf(&text, format, arguments) < 0)
        text = NULL;
    va_end(arguments);
    append(lines, meaning, text);
}

__attribute__((format(printf, 4, 0))) static void add_field(struct lines *lines, const char *label,
                                                            enum meaning meaning,
                                                            const char *format, va_list arguments)
{
    char *text = NULL;
    char *whole = NULL;
    if (vasprintf(&text, format, arguments) < 0)
        text = NULL;
    if (text && asprintf(&whole, "%-*s %s", FIELD_WIDTH, label, text) < 0)
        whole = NULL;
    free(text);
    append(lines, meaning, whole);
}

void lines_add_field(struct lines *lines, const char *label, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    add_field(lines, label, MEANING_NORMAL, format, arguments);
    va_end(arguments);
}

void lines_add_meaning(struct lines *lines, const char *label, enum meaning meaning,
                       const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    add_field(lines, label, meaning, format, arguments);
    va_end(arguments);
}

/* Bytes of the longest beginning of `text` that fits, ending at a space if there is one. */
static size_t break_point(const char *text, unsigned width)
{
    unsigned columns = 0;
    size_t at = 0, space = 0;
    size_t length = strlen(text);
    while (at < length) {
        uint32_t character;
        size_t taken = text_next(text + at, length - at, &character);
        if (character == ' ')
            space = at;
        if (++columns > width)
            return space > 0 ? space : at;
        at += taken;
    }
    return length;
}

void lines_add_wrapped(struct lines *lines, enum meaning meaning, unsigned indent, const char *text)
{
    unsigned width = lines->width == 0 ? DEFAULT_WIDTH : lines->width;
    unsigned room = width > indent + 10 ? width - indent : 10;
    while (*text != '\0') {
        size_t length = break_point(text, room);
        lines_add(lines, meaning, "%*s%.*s", (int)indent, "", (int)length, text);
        text += length;
        while (*text == ' ')
            text++;
    }
}

void lines_clear(struct lines *lines)
{
    for (size_t i = 0; i < lines->count; i++)
        free(lines->lines[i].text);
    lines->count = 0;
    lines->failed = false;
}

void lines_free(struct lines *lines)
{
    lines_clear(lines);
    free(lines->lines);
    *lines = (struct lines){0};
}
