/* A line of text that the user is typing. UTF-8 inside. */
#ifndef CTXTOP_PROMPT_H
#define CTXTOP_PROMPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PROMPT_SIZE 128

enum prompt_result { PROMPT_EDITING, PROMPT_CHANGED, PROMPT_DONE, PROMPT_CANCELLED };

struct prompt {
    char text[PROMPT_SIZE];
    size_t length, cursor; /* bytes */
};

void prompt_set(struct prompt *prompt, const char *text);

/* `is_function_key`: `key` is what ncurses calls KEY_..., otherwise it is a character. */
enum prompt_result prompt_key(struct prompt *prompt, int key, bool is_function_key);

#endif
