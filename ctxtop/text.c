#include "ctxtop/text.h"

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

static size_t sequence_length(unsigned char first)
{
    if (first >= 0xc2 && first <= 0xdf)
        return 2;
    if (first >= 0xe0 && first <= 0xef)
        return 3;
    if (first >= 0xf0 && first <= 0xf4)
        return 4;
    return 1;
}

size_t text_decode(const char *text, size_t length, uint32_t *character)
{
    const unsigned char *bytes = (const unsigned char *)text;
    if (bytes[0] < 0x80) {
        *character = bytes[0];
        return 1;
    }
    *character = 0xfffd;
    size_t expected = sequence_length(bytes[0]);
    if (expected == 1 || expected > length)
        return 1;
    uint32_t value = bytes[0] & (0x7fU >> expected);
    for (size_t i = 1; i < expected; i++) {
        if ((bytes[i] & 0xc0) != 0x80)
            return 1;
        value = value << 6 | (bytes[i] & 0x3f);
    }
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    if (value < least[expected] || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff))
        return 1;
    *character = value;
    return expected;
}

/* Characters that reorder or hide others; a name must not be able to disguise itself with them. */
static bool is_deceptive(uint32_t character)
{
    return (character >= 0x200b && character <= 0x200f) ||
           (character >= 0x2028 && character <= 0x202e) ||
           (character >= 0x2060 && character <= 0x206f) || character == 0xfeff;
}

/* Columns of a character, or -1 when it may not go to the terminal as it is. */
static int printable_width(uint32_t character)
{
    if (character == 0xfffd)
        return -1;
    if (character < 0x80)
        return character >= 0x20 && character != 0x7f ? 1 : -1;
    if (!unicode_output || character < 0xa0 || is_deceptive(character))
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
        size_t taken = text_decode(text, left, &character);
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
        size_t taken = text_decode(text, left, &character);
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
    return used;
}

void text_clean(char *out, size_t size, const char *text, size_t length)
{
    struct writer writer = {.out = out, .size = size, .used = 0};
    while (length > 0) {
        uint32_t character;
        size_t taken = text_decode(text, length, &character);
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
