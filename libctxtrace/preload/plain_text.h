/*
 * Text made without the help of stdio, which may not be used after vfork() and in signal handlers.
 * What does not fit is cut.
 */
#ifndef CTXTRACE_PRELOAD_PLAIN_TEXT_H
#define CTXTRACE_PRELOAD_PLAIN_TEXT_H

#include <stddef.h>

struct plain_text {
    char *bytes;
    size_t length, room;
};

void plain_text_add(struct plain_text *text, const char *more);
void plain_text_add_number(struct plain_text *text, unsigned long number);

#endif
