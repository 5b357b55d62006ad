/*
 * Ranges of a foreign program's memory, packed into one buffer: for many that are much smaller than
 * the pages they lie on, and for a pass over much memory that need not be kept.
 *
 * They are planned first, then fetched, which another thread may do, and then found by address. A
 * copy is aligned as its address is, up to 16 bytes.
 */
#ifndef CTXTRACE_IMAGE_PACKED_RANGES_H
#define CTXTRACE_IMAGE_PACKED_RANGES_H

#include "image/regions.h"

/* Start from a zeroed structure. The buffer is used again by the next plan. */
struct packed_ranges {
    struct memory_range *ranges; /* ascending and apart */
    unsigned char **local;
    size_t count, capacity;
    size_t last;      /* the range that was found last */
    uint64_t missing; /* bytes that could not be had */
    unsigned char *bytes;
    uint64_t size;
};

/*
 * These ranges, ascending and apart, replace those of the previous plan. Left out is what lies in
 * no region, which counts as missing, and what is present there already.
 */
void packed_ranges_plan(struct packed_ranges *packed, struct regions *regions,
                        const struct memory_range *ranges, size_t count);

/* Reads what was planned. Nothing may be looked up before this returns. */
void packed_ranges_fetch(struct packed_ranges *packed, struct memory_source *source,
                         struct memory_deadline *deadline);

/* The bytes if one range has all of them, or NULL. */
const void *packed_ranges_find(struct packed_ranges *packed, uint64_t address, size_t size);

/* The same where it is in the range that was found last; else NULL, which says nothing. */
static inline const void *packed_ranges_find_again(const struct packed_ranges *packed,
                                                   uint64_t address, size_t size)
{
    if (packed->last >= packed->count)
        return NULL;
    const struct memory_range *range = &packed->ranges[packed->last];
    bool is_there = address >= range->start && address < range->end && size <= range->end - address;
    return is_there ? packed->local[packed->last] + (address - range->start) : NULL;
}

void packed_ranges_free(struct packed_ranges *packed);

#endif
