/*
 * The regions of a foreign program's address space, and what was read of each.
 *
 * A region is made of mappings that touch each other. It has a *shadow*: address space of our own
 * of the same size, in which pages appear when they are first read. Two bits for each page say
 * whether it is present, and whether it is constant, which is one that the program cannot write to:
 *
 *     mappings   |  r-x  |  r--  |   rw-   |          |  rw-  |
 *     regions    |<----------------------->|          |<----->|
 *     constant    1111111 1111111 000000000            0000000
 *     present     0110000 0001111 000110000            0000000
 *     shadow     |   ##      ####    ##    |          |       |
 *
 * Mappings are described again as the program changes them. A region that has not changed keeps its
 * shadow: constant pages stay present, as they cannot have changed; the others are no longer
 * present, but their memory is reused, which saves mapping it a second time.
 */
#ifndef CTXTRACE_IMAGE_REGIONS_H
#define CTXTRACE_IMAGE_REGIONS_H

#include "image/memory_source.h"

struct region {
    uint64_t start, end;
    unsigned char *shadow; /* NULL: it is too large, and cannot be read */
    uint64_t *present;     /* one bit per page */
    uint64_t *constant;
};

struct mapping {
    uint64_t start, end;
    bool writable;
};

/* Start from a zeroed structure. */
struct regions {
    struct region *items, *former;
    size_t count, former_count;
    struct mapping *mappings;
    size_t mapping_count, mapping_capacity;
    size_t last; /* the region that was found last */
    bool failed; /* memory ran out */
};

/* Begin, add in ascending order, end. false when memory ran out; there are no regions then. */
void regions_begin(struct regions *regions);
void regions_add(struct regions *regions, uint64_t start, uint64_t end, bool writable);
bool regions_end(struct regions *regions);

void regions_free(struct regions *regions);

/*
 * Moves the regions to `to`, with all that was read; `regions` describes the same mappings, with
 * nothing present. false when memory ran out; then nothing has changed.
 */
bool regions_hand_over(struct regions *regions, struct regions *to);

/* Takes over the shadows of `from`, as when mappings are described again; frees the rest. */
void regions_take_back(struct regions *regions, struct regions *from);

/* The readable region with this address, or NULL. */
struct region *regions_find(struct regions *regions, uint64_t address);

/* Forgets what was read of pages that are not constant. Their shadows stay. */
void regions_forget(struct regions *regions);

uint64_t region_pages(const struct region *region);

static inline bool region_bit(const uint64_t *bits, uint64_t page)
{
    return bits[page / 64] >> (page % 64) & 1;
}

static inline bool region_is_present(const struct region *region, uint64_t page)
{
    return region_bit(region->present, page);
}

static inline bool region_is_constant(const struct region *region, uint64_t page)
{
    return region_bit(region->constant, page);
}

/* Are all pages from `first` to `last` present? */
bool region_has(const struct region *region, uint64_t first, uint64_t last);

void region_set_present(struct region *region, uint64_t first, uint64_t count);

/* Forgets these pages, and gives their shadows back to the system. */
void region_drop(struct region *region, uint64_t first, uint64_t count);

/*
 * A part of a range that lies in one region: pages from `first` up to, but not including, `last`.
 */
typedef void region_piece(void *state, struct region *region, uint64_t first, uint64_t last);

/* Calls back for each; returns how many bytes lie in no region. */
uint64_t regions_each_piece(struct regions *regions, const struct memory_range *ranges,
                            size_t count, region_piece *piece, void *state);

/*
 * Address space for copies; NULL when there is none. A forked child does not get it: it can be
 * large, a child has no use for it, and every page would be copied when it is next written here.
 */
unsigned char *regions_map(uint64_t size, int flags);

#endif
