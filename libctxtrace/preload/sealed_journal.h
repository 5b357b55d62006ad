/*
 * The journal of a process that has forbidden itself system calls: memory that it shares with a
 * file, see segment/executions.h. Its children inherit the mapping, and a program that it becomes
 * does not.
 */
#ifndef CTXTRACE_PRELOAD_SEALED_JOURNAL_H
#define CTXTRACE_PRELOAD_SEALED_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>

/* While system calls are permitted. Once is enough for a process. */
void sealed_journal_open(const char *path);

/*
 * Room for `size` bytes, which are zero; NULL: there is none, or no journal. The first of them is
 * for sealed_journal_set_kind(), when the others are complete.
 */
char *sealed_journal_reserve(size_t size);
void sealed_journal_set_kind(char *record, char kind);

#endif
