/* Reading much of a memory at once, ahead of who asks for it, and giving that back. */
#ifndef CTXTRACE_IMAGE_PREFETCH_H
#define CTXTRACE_IMAGE_PREFETCH_H

#include "image/memory.h"

/*
 * Reads these ranges now, with as few system calls as possible. Bytes that are there already are
 * not read again. Returns how many bytes could not be read.
 */
uint64_t memory_prefetch(struct memory *memory, const struct memory_range *ranges, size_t count);

/*
 * The same of ranges that are all zero where nothing was ever written to them: pages that the
 * program does not have are zero here, too, and are not read.
 */
uint64_t memory_prefetch_present(struct memory *memory, const struct memory_range *ranges,
                                 size_t count);

/* Has our own pages for these ranges made and touched, so that reading them later is fast. */
void memory_warm(struct memory *memory, const struct memory_range *ranges, size_t count);

/* Forgets what was read of these whole pages, and gives their local pages back to the system. */
void memory_drop(struct memory *memory, const struct memory_range *ranges, size_t count);

/* The same of all that the program may write to: a new reading. */
void memory_drop_all(struct memory *memory);

#endif
