#include "golang/binary/function_text.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static bool is_escape(const char *text)
{
    return text[0] == '%' && isxdigit((unsigned char)text[1]) && isxdigit((unsigned char)text[2]) &&
           strncmp(text, "%00", 3) != 0;
}

/* Decodes in place: nothing becomes longer. */
static void decode_escapes(char *text)
{
    char *out = text;
    for (const char *in = text; *in; in++) {
        if (!is_escape(in)) {
            *out++ = *in;
            continue;
        }
        char digits[3] = {in[1], in[2], '\0'};
        *out++ = (char)strtoul(digits, NULL, 16);
        in += 2;
    }
    *out = '\0';
}

const char *go_function_text(const char *symbol, char *out, size_t size)
{
    static const char types[] = "[...]";
    const char *open = strchr(symbol, '['), *close = strrchr(symbol, ']');
    size_t length = strlen(symbol);
    if (length + sizeof types > size)
        return symbol;
    if (!open || !close || close < open) {
        memcpy(out, symbol, length + 1);
    } else {
        size_t before = (size_t)(open - symbol);
        memcpy(out, symbol, before);
        stpcpy(stpcpy(out + before, types), close + 1);
    }
    decode_escapes(out);
    return out;
}
