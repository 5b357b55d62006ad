/*
 * Allocations that failed where no caller could be told: noted here, per thread, to be asked about
 * at the end.
 *
 * For code that carries on without the thing it had no memory for, such as a JSON library that
 * leaves the member out, and for functions that have no other way to report it.
 */
#ifndef CTXTRACE_BASE_LACK_H
#define CTXTRACE_BASE_LACK_H

#include <stdbool.h>
#include <stddef.h>

/* malloc() that notes its failures. */
void *lack_malloc(size_t size);

void lack_note(void);

/* Was any failure noted since the last call? */
bool lack_was_noted(void);

#endif
