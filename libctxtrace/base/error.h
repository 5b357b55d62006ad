/*
 * Why something did not work: one sentence, written where it is known best and handed up unchanged
 * to whoever prints it.
 *
 * The voice is that of perror(3): a clause in lower case without a full stop, with what can be done
 * about it behind a semicolon or a colon.
 *
 *     cannot open /tmp/a.db: Permission denied; choose another file with -o
 *
 * The printing side puts the name of the tool before it and ends it as its surroundings need.
 */
#ifndef CTXTRACE_BASE_ERROR_H
#define CTXTRACE_BASE_ERROR_H

#include <stdbool.h>

struct error {
    char sentence[768]; /* longer ones are cut */
};

/* Fills in the sentence; always returns false, so that `return error_set(...)` reads well. */
__attribute__((format(printf, 2, 3))) bool error_set(struct error *error, const char *format, ...);

/* "out of memory": the one wording for it. Returns false. */
bool error_no_memory(struct error *error);

#endif
