#include "image/regions.h"

#include "base/array.h"
#include "base/page.h"
#include "base/sorted.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define TOO_LARGE (UINT64_C(1) << 40) /* shadow maps of sanitizers: nothing of interest */

uint64_t region_pages(const struct region *region)
{
    return (region->end - region->start + PAGE_BYTES - 1) / PAGE_BYTES;
}

static size_t words_of(const struct region *region)
{
    return (region_pages(region) + 63) / 64;
}

static void release(struct region *regions, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (regions[i].shadow)
            munmap(regions[i].shadow, region_pages(&regions[i]) * PAGE_BYTES);
        free(regions[i].present);
        free(regions[i].constant);
    }
    free(regions);
}

void regions_free(struct regions *regions)
{
    release(regions->items, regions->count);
    release(regions->former, regions->former_count);
    free(regions->mappings);
    *regions = (struct regions){0};
}

/* ---- describing them ---- */

void regions_begin(struct regions *regions)
{
    release(regions->former, regions->former_count);
    regions->former = regions->items;
    regions->former_count = regions->count;
    regions->items = NULL;
    regions->count = regions->mapping_count = regions->last = 0;
    regions->failed = false;
}

void regions_add(struct regions *regions, uint64_t start, uint64_t end, bool writable)
{
    start = page_round_down(start);
    if (regions->mapping_count && start < regions->mappings[regions->mapping_count - 1].end)
        start = regions->mappings[regions->mapping_count - 1].end;
    if (start >= end || regions->failed)
        return;
    if (!ARRAY_ROOM(regions->mappings, regions->mapping_capacity, regions->mapping_count + 1)) {
        regions->failed = true;
        return;
    }
    regions->mappings[regions->mapping_count++] = (struct mapping){start, end, writable};
}

unsigned char *regions_map(uint64_t size, int flags)
{
    void *bytes =
        mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);
    if (bytes == MAP_FAILED)
        return NULL;
    madvise(bytes, size, MADV_DONTFORK);
    return bytes;
}

/* Makes the bitmaps and address space for a region. false when memory ran out. */
static bool make_shadow(struct region *region)
{
    uint64_t size = region_pages(region) * PAGE_BYTES;
    if (size > TOO_LARGE)
        return true;
    region->present = calloc(words_of(region), 8);
    region->constant = calloc(words_of(region), 8);
    if (!region->present || !region->constant)
        return false;
    region->shadow = regions_map(size, MAP_NORESERVE);
    return region->shadow != NULL; /* without, it would look as if it were not there */
}

static void mark_constant(struct region *region, const struct mapping *mapping)
{
    uint64_t first = (mapping->start - region->start) / PAGE_BYTES;
    /* A page that is cut in two may be written. */
    uint64_t last = (mapping->end - region->start) / PAGE_BYTES;
    for (uint64_t page = first; !mapping->writable && page < last; page++)
        region->constant[page / 64] |= UINT64_C(1) << (page % 64);
}

/* Takes over what was read of the same region, but for what may be written. */
static void take_over(struct region *region, struct region *former, size_t count)
{
    size_t words = words_of(region);
    size_t place = SORTED_FIRST(i, 0, count, former[i].start >= region->start);
    if (place == count)
        return; /* there may be none at all, and no array either */
    former += place;
    if (former->start != region->start || former->end != region->end || !former->shadow ||
        !region->shadow || memcmp(former->constant, region->constant, words * 8) != 0)
        return;
    unsigned char *fresh = region->shadow;
    region->shadow = former->shadow;
    former->shadow = fresh;
    for (size_t word = 0; word < words; word++)
        region->present[word] = former->present[word] & region->constant[word];
}

/* Joins the mappings from `first` on that touch each other. Returns the number behind the last. */
static size_t make_region(struct regions *regions, size_t first)
{
    const struct mapping *mappings = regions->mappings;
    struct region *region = &regions->items[regions->count];
    size_t behind = first + 1;
    while (behind < regions->mapping_count && mappings[behind].start % PAGE_BYTES == 0 &&
           mappings[behind].start == mappings[behind - 1].end)
        behind++;
    *region = (struct region){.start = mappings[first].start, .end = mappings[behind - 1].end};
    regions->count++;
    if (!make_shadow(region)) {
        regions->failed = true;
        return regions->mapping_count;
    }
    for (size_t i = first; region->shadow && i < behind; i++)
        mark_constant(region, &mappings[i]);
    take_over(region, regions->former, regions->former_count);
    return behind;
}

bool regions_end(struct regions *regions)
{
    regions->items = calloc(regions->mapping_count + 1, sizeof *regions->items);
    regions->failed |= !regions->items;
    for (size_t i = 0; i < regions->mapping_count && !regions->failed;)
        i = make_region(regions, i);
    release(regions->former, regions->former_count);
    regions->former = NULL;
    regions->former_count = 0;
    if (!regions->failed)
        return true;
    release(regions->items, regions->count);
    regions->items = NULL;
    regions->count = 0;
    return false;
}

/* ---- handing over ---- */

bool regions_hand_over(struct regions *regions, struct regions *to)
{
    struct regions fresh = {0};
    for (size_t i = 0; i < regions->mapping_count; i++)
        regions_add(&fresh, regions->mappings[i].start, regions->mappings[i].end,
                    regions->mappings[i].writable);
    if (!regions_end(&fresh)) {
        regions_free(&fresh);
        return false;
    }
    *to = *regions;
    *regions = fresh;
    return true;
}

void regions_take_back(struct regions *regions, struct regions *from)
{
    for (size_t i = 0; i < regions->count; i++)
        take_over(&regions->items[i], from->items, from->count);
    regions_free(from);
}

/* ---- pages ---- */

struct region *regions_find(struct regions *regions, uint64_t address)
{
    struct region *items = regions->items;
    size_t place = regions->last;
    if (place >= regions->count || address < items[place].start || address >= items[place].end) {
        place = SORTED_FIRST(i, 0, regions->count, items[i].end > address);
        if (place == regions->count || items[place].start > address)
            return NULL;
        regions->last = place;
    }
    return items[place].shadow ? &items[place] : NULL;
}

void regions_forget(struct regions *regions)
{
    for (size_t i = 0; i < regions->count; i++) {
        struct region *region = &regions->items[i];
        for (size_t word = 0; region->shadow && word < words_of(region); word++)
            region->present[word] &= region->constant[word];
    }
}

bool region_has(const struct region *region, uint64_t first, uint64_t last)
{
    for (; first <= last; first++)
        if (!region_is_present(region, first))
            return false;
    return true;
}

void region_set_present(struct region *region, uint64_t first, uint64_t count)
{
    for (uint64_t page = first; page < first + count; page++)
        region->present[page / 64] |= UINT64_C(1) << (page % 64);
}

void region_drop(struct region *region, uint64_t first, uint64_t count)
{
    for (uint64_t page = first; page < first + count; page++)
        region->present[page / 64] &= ~(UINT64_C(1) << (page % 64));
    madvise(region->shadow + first * PAGE_BYTES, count * PAGE_BYTES, MADV_DONTNEED);
}

uint64_t regions_each_piece(struct regions *regions, const struct memory_range *ranges,
                            size_t count, region_piece *piece, void *state)
{
    uint64_t outside = 0;
    for (size_t i = 0; i < count; i++) {
        uint64_t address = ranges[i].start;
        while (address < ranges[i].end) {
            struct region *region = regions_find(regions, address);
            if (!region) {
                outside += ranges[i].end - address;
                break;
            }
            uint64_t end = ranges[i].end < region->end ? ranges[i].end : region->end;
            piece(state, region, (address - region->start) / PAGE_BYTES,
                  (end - region->start + PAGE_BYTES - 1) / PAGE_BYTES);
            address = end;
        }
    }
    return outside;
}
