#include "base/escape.h"

#include "base/invariant.h"

#include <stdio.h>
#include <string.h>

bool text_is_plain(const char *text, size_t length)
{
    unsigned strange = 0;
    for (size_t i = 0; i < length; i++) {
        unsigned char byte = (unsigned char)text[i];
        strange |= byte < 0x20 || byte >= 0x7f;
    }
    return !strange;
}

size_t text_decode(const char *text, size_t length, uint32_t *character)
{
    invariant(length > 0);
    const unsigned char *bytes = (const unsigned char *)text;
    static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    if (bytes[0] < 0x80) {
        *character = bytes[0];
        return 1;
    }
    size_t size = bytes[0] >= 0xf0 ? 4 : bytes[0] >= 0xe0 ? 3 : 2;
    if (bytes[0] < 0xc2 || bytes[0] > 0xf4 || size > length)
        return 0;
    uint32_t value = bytes[0] & (0xffu >> (size + 1));
    for (size_t i = 1; i < size; i++) {
        if ((bytes[i] & 0xc0) != 0x80)
            return 0;
        value = value << 6 | (bytes[i] & 0x3f);
    }
    if (value < smallest[size] || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff))
        return 0;
    *character = value;
    return size;
}

bool character_is_harmless(uint32_t character)
{
    static const struct {
        uint32_t first, last;
    } harmful[] = {
        {0x00, 0x1f},     {0x7f, 0x9f},     {0x061c, 0x061c}, {0x200b, 0x200f},
        {0x2028, 0x202e}, {0x2060, 0x206f}, {0xfeff, 0xfeff}, {0xfff9, 0xfffb},
    };
    for (size_t i = 0; i < sizeof harmful / sizeof *harmful; i++) {
        if (character >= harmful[i].first && character <= harmful[i].last)
            return false;
    }
    return true;
}

static size_t escape_character(uint32_t character, char *out)
{
    if (character == '\n' || character == '\t' || character == '\r') {
        out[0] = '\\';
        out[1] = character == '\n' ? 'n' : character == '\t' ? 't' : 'r';
        return 2;
    }
    char text[ESCAPED_MAX + 1];
    int size = snprintf(text, sizeof text, character < 0x100 ? "\\x%02x" : "\\u%04x",
                        (unsigned)character & 0xffff);
    invariant(size > 0 && size <= ESCAPED_MAX);
    memcpy(out, text, (size_t)size);
    return (size_t)size;
}

size_t text_escape(const char *text, size_t length, char *out)
{
    const unsigned char *bytes = (const unsigned char *)text;
    size_t written = 0;
    for (size_t i = 0; i < length;) {
        uint32_t character = 0;
        size_t size = text_decode(text + i, length - i, &character);
        if (size == 0) {
            written += escape_character(bytes[i], out + written);
            i++;
            continue;
        }
        if (character_is_harmless(character)) {
            memcpy(out + written, bytes + i, size);
            written += size;
        } else {
            written += escape_character(character, out + written);
        }
        i += size;
    }
    invariant(written <= length * ESCAPED_MAX);
    return written;
}
