/*
 * One pass over much of a memory that need not be kept: ranges are read into a buffer that is
 * reused, where whoever reads through the pass finds them.
 */
#ifndef CTXTRACE_IMAGE_MEMORY_PASS_H
#define CTXTRACE_IMAGE_MEMORY_PASS_H

#include "image/memory.h"
#include "image/packed_ranges.h"

struct memory_pass {
    struct memory memory; /* to read through, as long as the pass lasts */
    struct packed_ranges window;
};

/* A pass over this memory, which stays its owner's. It is read by its address: do not move it. */
void memory_pass_begin(struct memory_pass *pass, const struct memory *memory);

/*
 * Has these ranges at hand until the next call. What is present already is left as it is; in a
 * sealed memory everything is. Ranges are whole pages, ascending and apart, as ranges_join() makes
 * them. Pointers that memory_at() gives into them are valid until the next call.
 */
void memory_pass_have(struct memory_pass *pass, const struct memory_range *ranges, size_t count);

void memory_pass_end(struct memory_pass *pass);

#endif
