#include "ctxreport/uri.h"

#include "base/lack.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What one byte of a path becomes at most: "\u202e" stands for three bytes, of three each. */
enum { GROWTH = 3 };

static bool is_unreserved(unsigned char byte)
{
    return (byte < 0x80 && isalnum(byte)) || (byte != '\0' && strchr("/-._~", byte));
}

static char *put_byte(char *out, unsigned char byte)
{
    if (is_unreserved(byte)) {
        *out++ = (char)byte;
        return out;
    }
    return out + sprintf(out, "%%%02X", byte);
}

/* All that an escape of this form stands for lies above 0x7ff and below 0x10000. */
static char *put_character(char *out, unsigned long character)
{
    out = put_byte(out, (unsigned char)(0xe0 | character >> 12));
    out = put_byte(out, (unsigned char)(0x80 | (character >> 6 & 0x3f)));
    return put_byte(out, (unsigned char)(0x80 | (character & 0x3f)));
}

/* Reads `digits` hexadecimal ones. */
static bool read_hexadecimal(const char *text, size_t digits, unsigned long *value)
{
    char copy[8] = {0};
    for (size_t i = 0; i < digits; i++) {
        if (!isxdigit((unsigned char)text[i]))
            return false;
        copy[i] = text[i];
    }
    *value = strtoul(copy, NULL, 16);
    return true;
}

/* Writes what the escape at `text` stands for, if it is one that is made; says how long it is. */
static size_t decode_escape(const char *text, char **out)
{
    static const char letters[] = "ntr", controls[] = "\n\t\r";
    const char *letter = text[1] != '\0' ? strchr(letters, text[1]) : NULL;
    unsigned long value;
    if (letter) {
        *out = put_byte(*out, (unsigned char)controls[letter - letters]);
        return 2;
    }
    if (text[1] == 'x' && read_hexadecimal(text + 2, 2, &value) && (value < 0x20 || value > 0x7e)) {
        *out = put_byte(*out, (unsigned char)value);
        return 4;
    }
    if (text[1] == 'u' && read_hexadecimal(text + 2, 4, &value) && value > 0x7ff) {
        *out = put_character(*out, value);
        return 6;
    }
    return 0;
}

char *uri_of_path(const char *path)
{
    static const char scheme[] = "file://";
    char *uri = lack_malloc(sizeof scheme + strlen(path) * GROWTH);
    if (!uri)
        return NULL;
    char *out = path[0] == '/' ? stpcpy(uri, scheme) : uri;
    while (*path != '\0') {
        size_t escape = *path == '\\' ? decode_escape(path, &out) : 0;
        if (escape == 0)
            out = put_byte(out, (unsigned char)*path);
        path += escape ? escape : 1;
    }
    *out = '\0';
    return uri;
}
