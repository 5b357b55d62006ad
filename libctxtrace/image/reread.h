/*
 * Reading what a program has in its memory now, rather than what was read before, which stays as it
 * is.
 *
 * Threads: any may do this while another uses the memory.
 */
#ifndef CTXTRACE_IMAGE_REREAD_H
#define CTXTRACE_IMAGE_REREAD_H

#include "image/memory.h"

/*
 * Reads each range to the local address with the same index; `read[i]` says how many of its bytes
 * could be read.
 */
void memory_read_now(const struct memory *memory, const struct memory_range *ranges,
                     void *const *local, size_t *read, size_t count);

/* Reads the pages of this range that exist and can be read; the rest are zeroes. */
void memory_read_present(const struct memory *memory, const struct memory_range *range,
                         void *local);

/*
 * Reads `size` bytes at each address to `local[i]`; `good[i]` says whether all of them could be
 * read. For checking that nothing has changed meanwhile.
 */
void memory_reread(const struct memory *memory, const uint64_t *addresses, size_t size,
                   void *const *local, bool *good, size_t count);

#endif
