#include "image/memory.h"

#include "image/packed_ranges.h"
#include "image/page_batch.h"

#include <stdlib.h>
#include <string.h>

/* Pages fetched around one that is missing: tables lie close together, what pointers lead to less.
 */
#define CONSTANT_AHEAD UINT64_C(16)
#define WRITABLE_AHEAD UINT64_C(2)

/* A memory with all that belongs to it. */
struct whole {
    struct memory memory;
    struct memory_source source;
    struct regions regions;
    struct packed_ranges at_hand, kept;
    struct memory_deadline deadline;
};

struct memory *memory_new(const struct memory_backend *backend, void *state)
{
    struct whole *whole = calloc(1, sizeof *whole);
    if (!whole)
        return NULL;
    whole->source = (struct memory_source){.backend = backend, .state = state};
    whole->memory = (struct memory){.source = &whole->source,
                                    .regions = &whole->regions,
                                    .at_hand = &whole->at_hand,
                                    .kept = &whole->kept,
                                    .deadline = &whole->deadline};
    return &whole->memory;
}

void memory_free(struct memory *memory)
{
    struct whole *whole = (struct whole *)memory;
    if (!whole)
        return;
    regions_free(&whole->regions);
    packed_ranges_free(&whole->at_hand);
    packed_ranges_free(&whole->kept);
    free(whole);
}

void memory_begin_regions(struct memory *memory)
{
    memory->at_hand->count = memory->kept->count = 0;
    regions_begin(memory->regions);
}

void memory_add_region(struct memory *memory, uint64_t start, uint64_t end, bool writable)
{
    regions_add(memory->regions, start, end, writable);
}

bool memory_end_regions(struct memory *memory)
{
    return regions_end(memory->regions);
}

static bool fetch_pages(struct memory *memory, struct region *region, uint64_t first, uint64_t last)
{
    struct page_batch batch = {
        .source = memory->source, .deadline = memory->deadline, .constant_only = memory->sealed};
    uint64_t ahead = region_is_constant(region, first) ? CONSTANT_AHEAD : WRITABLE_AHEAD;
    uint64_t ahead_first = first / ahead * ahead;
    uint64_t ahead_last = (last / ahead + 1) * ahead;
    if (ahead_last > region_pages(region))
        ahead_last = region_pages(region);
    page_batch_add(&batch, region, ahead_first, ahead_last);
    page_batch_run(&batch);
    if (!region_has(region, first, last)) {
        /* Something ahead of what is wanted may be unreadable: try again with just that. */
        page_batch_add(&batch, region, first, last + 1);
        page_batch_run(&batch);
    }
    packed_ranges_put_over(memory->kept, region, ahead_first, ahead_last);
    return region_has(region, first, last);
}

const void *memory_at(struct memory *memory, uint64_t address, size_t size)
{
    struct region *region = regions_find(memory->regions, address);
    if (!region || !size || size > region->end - address)
        return NULL;
    uint64_t first = (address - region->start) / REGION_PAGE;
    uint64_t last = (address - region->start + size - 1) / REGION_PAGE;
    if (region_has(region, first, last))
        return region->shadow + (address - region->start);
    const void *packed = packed_ranges_find(memory->kept, address, size);
    if (!packed)
        packed = packed_ranges_find(memory->at_hand, address, size);
    if (packed)
        return packed;
    return fetch_pages(memory, region, first, last) ? region->shadow + (address - region->start)
                                                    : NULL;
}

bool memory_covers(struct memory *memory, uint64_t address, uint64_t size)
{
    const struct region *region = regions_find(memory->regions, address);
    return region && size <= region->end - address;
}

bool memory_read(struct memory *memory, uint64_t address, void *buffer, size_t size)
{
    const void *bytes = memory_at(memory, address, size);
    if (!bytes) {
        memset(buffer, 0, size);
        return false;
    }
    memcpy(buffer, bytes, size);
    return true;
}

uint64_t memory_word(struct memory *memory, uint64_t address)
{
    uint64_t value;
    memory_read(memory, address, &value, sizeof value);
    return value;
}

uint32_t memory_u32(struct memory *memory, uint64_t address)
{
    uint32_t value;
    memory_read(memory, address, &value, sizeof value);
    return value;
}

uint16_t memory_u16(struct memory *memory, uint64_t address)
{
    uint16_t value;
    memory_read(memory, address, &value, sizeof value);
    return value;
}

uint8_t memory_u8(struct memory *memory, uint64_t address)
{
    uint8_t value;
    memory_read(memory, address, &value, sizeof value);
    return value;
}

void memory_window(struct memory *memory, const struct memory_range *ranges, size_t count)
{
    packed_ranges_plan(memory->at_hand, memory->regions, ranges, memory->sealed ? 0 : count);
    packed_ranges_fetch(memory->at_hand, memory->source, memory->deadline);
}

void memory_plan_to_keep(struct memory *memory, const struct memory_range *ranges, size_t count)
{
    packed_ranges_plan(memory->kept, memory->regions, ranges, memory->sealed ? 0 : count);
    if (!count)
        packed_ranges_free(memory->kept);
}

uint64_t memory_keep_planned(struct memory *memory)
{
    packed_ranges_fetch(memory->kept, memory->source, memory->deadline);
    return memory->kept->missing;
}

uint64_t memory_keep(struct memory *memory, const struct memory_range *ranges, size_t count)
{
    memory_plan_to_keep(memory, ranges, count);
    return memory_keep_planned(memory);
}

bool memory_writable(const struct memory *memory, size_t number, struct memory_range *range)
{
    const struct regions *regions = memory->regions;
    if (number >= regions->mapping_count)
        return false;
    const struct mapping *mapping = &regions->mappings[number];
    *range =
        (struct memory_range){mapping->start, mapping->writable ? mapping->end : mapping->start};
    return true;
}

bool memory_set_deadline(struct memory *memory, int64_t deadline_ns)
{
    bool passed = memory->deadline->passed;
    memory->deadline->passed = false;
    memory->deadline->at_ns = deadline_ns;
    return passed;
}

void memory_forget(struct memory *memory)
{
    memory->kept->count = 0;
    regions_forget(memory->regions);
}

void memory_freeze(struct memory *memory, bool frozen)
{
    memory->sealed = frozen;
}

uint64_t memory_fetched(const struct memory *memory)
{
    return memory->source->fetched;
}
