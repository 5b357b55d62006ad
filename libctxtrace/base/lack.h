/*
 * Memory that was lacking where nobody could be told: noted, and asked for at the end.
 *
 * For what goes on without the thing that it had no memory for, as a library for JSON does that
 * leaves out the member, and for functions that have no other way to say so. Of each thread.
 */
#ifndef CTXTRACE_BASE_LACK_H
#define CTXTRACE_BASE_LACK_H

#include <stdbool.h>
#include <stddef.h>

/* malloc(), which notes that there was none. */
void *lack_malloc(size_t size);

void lack_note(void);

/* Has any been noted since it was last asked? */
bool lack_was_noted(void);

#endif
