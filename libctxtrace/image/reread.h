/*
 * Reading what a program has in its memory now, past what was read before, which stays as it is.
 *
 * Threads: any may do this while another uses the memory.
 */
#ifndef CTXTRACE_IMAGE_REREAD_H
#define CTXTRACE_IMAGE_REREAD_H

#include "image/memory.h"

/*
 * Reads these ranges to the local address with the same number, and says by `read[i]` how many
 * bytes came through.
 */
void memory_read_anew(const struct memory *memory, const struct memory_range *ranges,
                      void *const *local, size_t *read, size_t count);

/* Reads this range as far as its pages are there and can be read; the rest are zeroes. */
void memory_read_present(const struct memory *memory, const struct memory_range *range,
                         void *local);

/*
 * Reads `size` bytes at each address to `local[i]`; `good[i]` says whether all of them came
 * through. For checking that something has not changed meanwhile.
 */
void memory_reread(const struct memory *memory, const uint64_t *addresses, size_t size,
                   void *const *local, bool *good, size_t count);

#endif
