#include "ctxtop/prompt.h"

#include <ncurses.h>
#include <stdio.h>
#include <string.h>

#define CONTROL(letter) ((letter)&0x1f)
#define ESCAPE          0x1b
#define DELETE          0x7f

void prompt_set(struct prompt *prompt, const char *text)
{
    snprintf(prompt->text, sizeof prompt->text, "%s", text);
    prompt->length = strlen(prompt->text);
    prompt->cursor = prompt->length;
}

static bool is_continuation(char byte)
{
    return ((unsigned char)byte & 0xc0) == 0x80;
}

static size_t before(const struct prompt *prompt, size_t at)
{
    while (at > 0 && is_continuation(prompt->text[--at])) {
    }
    return at;
}

static size_t after(const struct prompt *prompt, size_t at)
{
    if (at < prompt->length)
        at++;
    while (at < prompt->length && is_continuation(prompt->text[at]))
        at++;
    return at;
}

static enum prompt_result erase_bytes(struct prompt *prompt, size_t from, size_t to)
{
    if (from == to)
        return PROMPT_EDITING;
    memmove(prompt->text + from, prompt->text + to, prompt->length - to + 1);
    prompt->length -= to - from;
    prompt->cursor = from;
    return PROMPT_CHANGED;
}

static size_t encode(uint32_t character, char bytes[4])
{
    if (character < 0x80) {
        bytes[0] = (char)character;
        return 1;
    }
    if (character < 0x800) {
        bytes[0] = (char)(0xc0 | character >> 6);
        bytes[1] = (char)(0x80 | (character & 0x3f));
        return 2;
    }
    if (character < 0x10000) {
        bytes[0] = (char)(0xe0 | character >> 12);
        bytes[1] = (char)(0x80 | (character >> 6 & 0x3f));
        bytes[2] = (char)(0x80 | (character & 0x3f));
        return 3;
    }
    bytes[0] = (char)(0xf0 | character >> 18);
    bytes[1] = (char)(0x80 | (character >> 12 & 0x3f));
    bytes[2] = (char)(0x80 | (character >> 6 & 0x3f));
    bytes[3] = (char)(0x80 | (character & 0x3f));
    return 4;
}

static enum prompt_result insert(struct prompt *prompt, uint32_t character)
{
    char bytes[4];
    size_t count = encode(character, bytes);
    if (prompt->length + count >= sizeof prompt->text)
        return PROMPT_EDITING;
    memmove(prompt->text + prompt->cursor + count, prompt->text + prompt->cursor,
            prompt->length - prompt->cursor + 1);
    memcpy(prompt->text + prompt->cursor, bytes, count);
    prompt->length += count;
    prompt->cursor += count;
    return PROMPT_CHANGED;
}

static enum prompt_result put_cursor(struct prompt *prompt, size_t to)
{
    prompt->cursor = to;
    return PROMPT_EDITING;
}

static enum prompt_result function_key(struct prompt *prompt, int key)
{
    switch (key) {
    case KEY_LEFT:
        return put_cursor(prompt, before(prompt, prompt->cursor));
    case KEY_RIGHT:
        return put_cursor(prompt, after(prompt, prompt->cursor));
    case KEY_HOME:
        return put_cursor(prompt, 0);
    case KEY_END:
        return put_cursor(prompt, prompt->length);
    case KEY_BACKSPACE:
        return erase_bytes(prompt, before(prompt, prompt->cursor), prompt->cursor);
    case KEY_DC:
        return erase_bytes(prompt, prompt->cursor, after(prompt, prompt->cursor));
    case KEY_ENTER:
        return PROMPT_DONE;
    default:
        return PROMPT_EDITING;
    }
}

enum prompt_result prompt_key(struct prompt *prompt, int key, bool is_function_key)
{
    if (is_function_key)
        return function_key(prompt, key);
    switch (key) {
    case '\r':
    case '\n':
        return PROMPT_DONE;
    case ESCAPE:
    case CONTROL('g'):
        return PROMPT_CANCELLED;
    case DELETE:
    case CONTROL('h'):
        return erase_bytes(prompt, before(prompt, prompt->cursor), prompt->cursor);
    case CONTROL('u'):
        return erase_bytes(prompt, 0, prompt->cursor);
    case CONTROL('k'):
        return erase_bytes(prompt, prompt->cursor, prompt->length);
    case CONTROL('a'):
        return put_cursor(prompt, 0);
    case CONTROL('e'):
        return put_cursor(prompt, prompt->length);
    default:
        return key < ' ' ? PROMPT_EDITING : insert(prompt, (uint32_t)key);
    }
}
