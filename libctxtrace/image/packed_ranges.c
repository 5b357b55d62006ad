#include "image/packed_ranges.h"

#include "base/page.h"
#include "base/sorted.h"

#include <stdlib.h>
#include <sys/mman.h>

#define ALIGNMENT UINT64_C(16) /* of addresses, which their copies share */

void packed_ranges_free(struct packed_ranges *packed)
{
    if (packed->bytes)
        munmap(packed->bytes, packed->size);
    free(packed->ranges);
    free(packed->local);
    *packed = (struct packed_ranges){0};
}

/* ---- planning ---- */

/* Room for that many ranges and bytes. false when memory ran out. */
static bool reserve(struct packed_ranges *packed, size_t count, uint64_t size)
{
    if (count > packed->capacity) {
        packed_ranges_free(packed);
        packed->ranges = malloc(count * sizeof *packed->ranges);
        packed->local = malloc(count * sizeof *packed->local);
        packed->capacity = packed->ranges && packed->local ? count : 0;
    }
    if (size > packed->size) {
        if (packed->bytes)
            munmap(packed->bytes, packed->size);
        packed->bytes = regions_map(size, 0);
        packed->size = packed->bytes ? size : 0;
    }
    return count <= packed->capacity && size <= packed->size;
}

static uint64_t room_for(const struct memory_range *range)
{
    uint64_t before = range->start % ALIGNMENT;
    return (before + (range->end - range->start) + ALIGNMENT - 1) & ~(ALIGNMENT - 1);
}

/* Where each range goes. */
static void lay_out(struct packed_ranges *packed, struct regions *regions,
                    const struct memory_range *ranges, size_t count)
{
    unsigned char *next = packed->bytes;
    for (size_t i = 0; i < count; i++) {
        const struct region *region = regions_find(regions, ranges[i].start);
        if (!region || ranges[i].end > region->end || ranges[i].end <= ranges[i].start) {
            packed->missing += ranges[i].end - ranges[i].start;
            continue;
        }
        if (region_has(region, (ranges[i].start - region->start) / PAGE_BYTES,
                       (ranges[i].end - 1 - region->start) / PAGE_BYTES))
            continue;
        packed->ranges[packed->count] = ranges[i];
        packed->local[packed->count++] = next + ranges[i].start % ALIGNMENT;
        next += room_for(&ranges[i]);
    }
}

void packed_ranges_plan(struct packed_ranges *packed, struct regions *regions,
                        const struct memory_range *ranges, size_t count)
{
    uint64_t size = 0;
    packed->count = packed->last = 0;
    for (size_t i = 0; i < count; i++)
        size += room_for(&ranges[i]);
    bool good = !count || reserve(packed, count, size);
    packed->missing = good ? 0 : size;
    if (good)
        lay_out(packed, regions, ranges, count);
}

/* ---- fetching ---- */

/* How many of the ranges from the first on are read together. */
static size_t ranges_of_a_call(const struct memory_range *ranges, size_t count)
{
    uint64_t bytes = 0;
    size_t some = 0;
    for (; some < count && some < MEMORY_FETCH_RANGES && bytes < MEMORY_FETCH_BYTES; some++)
        bytes += ranges[some].end - ranges[some].start;
    return some;
}

void packed_ranges_fetch(struct packed_ranges *packed, struct memory_source *source,
                         struct memory_deadline *deadline)
{
    size_t kept = 0, some;
    for (size_t done = 0; done < packed->count; done += some) {
        size_t read[MEMORY_FETCH_RANGES];
        some = ranges_of_a_call(&packed->ranges[done], packed->count - done);
        memory_source_fetch(source, deadline, &packed->ranges[done],
                            (void *const *)&packed->local[done], read, some);
        for (size_t i = done; i < done + some; i++) {
            uint64_t start = packed->ranges[i].start, end = start + read[i - done];
            packed->missing += packed->ranges[i].end - end;
            packed->local[kept] = packed->local[i];
            packed->ranges[kept] = (struct memory_range){start, end};
            kept += end > start;
        }
    }
    packed->count = kept;
}

/* ---- looking up ---- */

const void *packed_ranges_find(struct packed_ranges *packed, uint64_t address, size_t size)
{
    const struct memory_range *ranges = packed->ranges;
    size_t low = 0, high = packed->count;
    if (packed->last < packed->count && address >= ranges[packed->last].start) {
        low = packed->last; /* a pass goes upwards */
        if (address < ranges[low].end)
            high = low + 1;
    }
    low = SORTED_FIRST(i, low, high, ranges[i].end > address);
    if (low == packed->count || address < ranges[low].start || size > ranges[low].end - address)
        return NULL;
    packed->last = low;
    return packed->local[low] + (address - ranges[low].start);
}
