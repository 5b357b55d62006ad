#include "preload/plain_text.h"

#include <string.h>

void plain_text_add(struct plain_text *text, const char *more)
{
    size_t room = text->room - text->length, length = strlen(more);
    length = length < room ? length : room;
    memcpy(text->bytes + text->length, more, length);
    text->length += length;
}

void plain_text_add_number(struct plain_text *text, unsigned long number)
{
    char digits[24], *digit = digits + sizeof digits;
    *--digit = '\0';
    do {
        *--digit = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    plain_text_add(text, digit);
}
