/* Reading much of a memory at once, before it is asked for, and giving it back. */
#ifndef CTXTRACE_IMAGE_PREFETCH_H
#define CTXTRACE_IMAGE_PREFETCH_H

#include "image/memory.h"

/*
 * Reads these ranges now, with as few system calls as possible. Bytes that were read before are not
 * read again. Returns how many bytes could not be read.
 */
uint64_t memory_prefetch(struct memory *memory, const struct memory_range *ranges, size_t count);

/*
 * The same for ranges that are all zero where nothing was ever written: pages that the program does
 * not have are zero here, too, and are not read.
 */
uint64_t memory_prefetch_present(struct memory *memory, const struct memory_range *ranges,
                                 size_t count);

/*
 * Allocates our own pages for these ranges and touches them, so that reading into them later is
 * fast.
 */
void memory_warm(struct memory *memory, const struct memory_range *ranges, size_t count);

/* Forgets what was read of these whole pages, and gives their local pages back to the system. */
void memory_drop(struct memory *memory, const struct memory_range *ranges, size_t count);

/* The same for all that the program may write to: a new reading begins. */
void memory_drop_all(struct memory *memory);

#endif
