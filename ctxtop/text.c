#include "ctxtop/text.h"

#include "base/escape.h"
#include "base/invariant.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <wchar.h>

static bool unicode_output = true;

void text_set_unicode(bool unicode)
{
    unicode_output = unicode;
}

bool text_is_unicode(void)
{
    return unicode_output;
}

size_t text_next(const char *text, size_t length, uint32_t *character)
{
    size_t size = text_decode(text, length, character);
    if (size > 0)
        return size;
    *character = 0xfffd;
    return 1;
}

/* Columns of a character, or -1 when it may not go to the terminal as it is. */
static int printable_width(uint32_t character)
{
    if (character == 0xfffd)
        return -1;
    if (character < 0x80)
        return character >= 0x20 && character != 0x7f ? 1 : -1;
    if (!unicode_output || !character_is_harmless(character))
        return -1;
    return wcwidth((wchar_t)character);
}

/* How many bytes at the beginning are printable ASCII: nearly all of nearly every text. */
static size_t plain_length(const char *text)
{
    size_t length = 0;
    while ((unsigned char)(text[length] - 0x20) < 0x5f)
        length++;
    return length;
}

unsigned text_width(const char *text)
{
    size_t plain = plain_length(text);
    unsigned width = (unsigned)plain;
    text += plain;
    for (size_t left = strlen(text); left > 0;) {
        uint32_t character;
        size_t taken = text_next(text, left, &character);
        int columns = printable_width(character);
        width += columns < 0 ? 1 : (unsigned)columns;
        text += taken;
        left -= taken;
    }
    return width;
}

struct writer {
    char *out;
    size_t size, used;
};

static void put(struct writer *writer, const char *bytes, size_t count)
{
    if (writer->used + count >= writer->size)
        return;
    memcpy(writer->out + writer->used, bytes, count);
    writer->used += count;
}

static void put_spaces(struct writer *writer, unsigned count)
{
    if (writer->used + count >= writer->size)
        count = writer->used < writer->size ? (unsigned)(writer->size - writer->used - 1) : 0;
    memset(writer->out + writer->used, ' ', count);
    writer->used += count;
}

static void put_clean(struct writer *writer, const char *text, size_t taken, int columns)
{
    if (columns < 0)
        put(writer, "?", 1);
    else
        put(writer, text, taken);
}

/* Writes as many characters as fit into `width` columns; returns the columns taken. */
static unsigned put_columns(struct writer *writer, const char *text, unsigned width)
{
    size_t plain = plain_length(text);
    if (plain > width)
        plain = width;
    if (writer->used + plain >= writer->size) /* cut, and not left out */
        plain = writer->used < writer->size ? writer->size - writer->used - 1 : 0;
    put(writer, text, plain);
    text += plain;
    unsigned used = (unsigned)plain;
    for (size_t left = strlen(text); left > 0;) {
        uint32_t character;
        size_t taken = text_next(text, left, &character);
        int columns = printable_width(character);
        unsigned wide = columns < 0 ? 1 : (unsigned)columns;
        if (used + wide > width)
            break;
        put_clean(writer, text, taken, columns);
        used += wide;
        text += taken;
        left -= taken;
    }
    return used;
}

unsigned text_fit(char *out, size_t size, const char *text, unsigned width, enum align align,
                  bool pad)
{
    struct writer writer = {.out = out, .size = size, .used = 0};
    unsigned full = text_width(text);
    unsigned used;
    if (full <= width) {
        if (pad && align == ALIGN_RIGHT)
            put_spaces(&writer, width - full);
        used = put_columns(&writer, text, width);
        if (pad && align == ALIGN_RIGHT)
            used = width;
    } else if (width == 0) {
        used = 0;
    } else {
        used = put_columns(&writer, text, width - 1);
        put(&writer, unicode_output ? "…" : "~", unicode_output ? strlen("…") : 1);
        used++;
    }
    if (pad && used < width) {
        put_spaces(&writer, width - used);
        used = width;
    }
    if (size > 0)
        out[writer.used] = '\0';
    invariant(used <= width && (size == 0 || writer.used < size));
    return used;
}

void text_clean(char *out, size_t size, const char *text, size_t length)
{
    struct writer writer = {.out = out, .size = size, .used = 0};
    while (length > 0) {
        uint32_t character;
        size_t taken = text_next(text, length, &character);
        if (character == '\t')
            put_spaces(&writer, 8 - (unsigned)(writer.used % 8));
        else
            put_clean(&writer, text, taken, printable_width(character));
        text += taken;
        length -= taken;
    }
    if (size > 0)
        out[writer.used] = '\0';
}

void text_say(const char *sentence)
{
    char clean[4096];
    text_clean(clean, sizeof clean, sentence, strlen(sentence));
    fprintf(stderr, "ctxtop: %s\n", clean);
}

static bool has_capital(const char *word)
{
    for (; *word != '\0'; word++) {
        if (isupper((unsigned char)*word))
            return true;
    }
    return false;
}

bool text_contains(const char *text, const char *word)
{
    return has_capital(word) ? strstr(text, word) != NULL : strcasestr(text, word) != NULL;
}
