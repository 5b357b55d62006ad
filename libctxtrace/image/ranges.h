/* A growing list of address ranges, to be read together. */
#ifndef CTXTRACE_IMAGE_RANGES_H
#define CTXTRACE_IMAGE_RANGES_H

#include "image/memory.h"

struct ranges {
    struct memory_range *items;
    size_t count, capacity;
    bool failed; /* memory ran out; what was added since is missing */
};

/* Start from a zeroed structure. Empty ranges are ignored. */
void ranges_add(struct ranges *ranges, uint64_t start, uint64_t size);
/* Sorts, and joins what touches or overlaps when rounded to whole pages. */
void ranges_join(struct ranges *ranges);
/* Sorts, and leaves out what overlaps something before it. */
void ranges_sort(struct ranges *ranges);
uint64_t ranges_bytes(const struct ranges *ranges);
void ranges_free(struct ranges *ranges);

#endif
