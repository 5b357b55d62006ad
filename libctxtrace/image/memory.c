#include "image/memory.h"

#include "base/invariant.h"
#include "base/page.h"
#include "image/packed_ranges.h"
#include "image/page_batch.h"

#include <stdlib.h>
#include <string.h>

/*
 * Pages fetched around one that is missing: tables lie close together; what pointers lead to, less
 * so.
 */
#define CONSTANT_AHEAD UINT64_C(16)
#define WRITABLE_AHEAD UINT64_C(2)

/* A memory with all that belongs to it. */
struct whole {
    struct memory memory;
    struct memory_source source; /* of a live one, which lives longer than sealed ones */
    struct regions regions;
    struct packed_ranges packed; /* of a sealed one */
};

static struct whole *whole_of(struct memory *memory)
{
    return (struct whole *)memory;
}

struct memory *memory_new(const struct memory_backend *backend, void *state)
{
    struct whole *whole = calloc(1, sizeof *whole);
    if (!whole)
        return NULL;
    whole->source = (struct memory_source){.backend = backend, .state = state};
    whole->memory = (struct memory){.source = &whole->source, .regions = &whole->regions};
    return &whole->memory;
}

void memory_free(struct memory *memory)
{
    if (!memory)
        return;
    regions_free(&whole_of(memory)->regions);
    packed_ranges_free(&whole_of(memory)->packed);
    free(memory);
}

/* ---- kinds ---- */

struct memory memory_within(const struct memory *memory, struct memory_deadline *deadline)
{
    struct memory within = *memory;
    within.deadline = deadline;
    return within;
}

struct memory *memory_seal(struct memory *memory, struct packed_ranges *packed)
{
    struct whole *whole = calloc(1, sizeof *whole);
    invariant(!memory->sealed);
    if (!whole || !regions_hand_over(memory->regions, &whole->regions)) {
        free(whole);
        return NULL;
    }
    whole->packed = *packed;
    *packed = (struct packed_ranges){0};
    whole->memory = (struct memory){.source = memory->source,
                                    .regions = &whole->regions,
                                    .at_hand = &whole->packed,
                                    .sealed = true};
    return &whole->memory;
}

void memory_unseal(struct memory *sealed, struct memory *memory, struct packed_ranges *packed)
{
    invariant(sealed->sealed && !memory->sealed);
    regions_take_back(memory->regions, sealed->regions);
    regions_forget(memory->regions); /* of those that have changed since, too */
    *packed = whole_of(sealed)->packed;
    packed->count = 0;
    free(sealed);
}

void memory_begin_reading(struct memory *memory)
{
    invariant(!memory->sealed);
    regions_forget(memory->regions);
}

/* ---- regions ---- */

void memory_begin_regions(struct memory *memory)
{
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

/* ---- reading ---- */

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
    if (region_has(region, first, last))
        return true;
    /* Something ahead of what is wanted may be unreadable: try again with just that. */
    page_batch_add(&batch, region, first, last + 1);
    page_batch_run(&batch);
    return region_has(region, first, last);
}

/* What the memory itself has. */
static const void *own_bytes(struct memory *memory, struct region *region, uint64_t address,
                             size_t size)
{
    uint64_t first = (address - region->start) / PAGE_BYTES;
    uint64_t last = (address - region->start + size - 1) / PAGE_BYTES;
    if (region_has(region, first, last))
        return region->shadow + (address - region->start);
    const void *packed =
        memory->at_hand ? packed_ranges_find(memory->at_hand, address, size) : NULL;
    if (packed)
        return packed;
    return fetch_pages(memory, region, first, last) ? region->shadow + (address - region->start)
                                                    : NULL;
}

static void note(struct memory_trail *trail, uint64_t address, size_t size, const void *bytes)
{
    trail->cut |= trail->count == MEMORY_TRAIL || size > MEMORY_TRAIL_BYTES - trail->bytes;
    if (trail->cut)
        return;
    trail->ranges[trail->count] = (struct memory_range){address, address + size};
    trail->bytes_read[trail->count++] = bytes;
    trail->bytes += size;
}

/* For whoever reads over another memory; see memory_over.h. */
static const void *look_beneath(struct memory *memory, const struct region *region,
                                uint64_t address, size_t size, const void *bytes)
{
    if (!bytes) {
        bytes = memory_at(memory->beneath, address, size);
        memory->trail->beneath |= bytes != NULL;
    }
    if (bytes && !region_is_constant(region, (address - region->start) / PAGE_BYTES))
        note(memory->trail, address, size, bytes);
    return bytes;
}

const void *memory_at(struct memory *memory, uint64_t address, size_t size)
{
    /* What is at hand is mostly read in one place. It was not present when it was read. */
    const void *again = memory->at_hand && size && !memory->beneath
                            ? packed_ranges_find_again(memory->at_hand, address, size)
                            : NULL;
    if (again)
        return again;
    struct region *region = regions_find(memory->regions, address);
    if (!region || !size || size > region->end - address)
        return NULL;
    const void *bytes = own_bytes(memory, region, address, size);
    return memory->beneath ? look_beneath(memory, region, address, size, bytes) : bytes;
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

uint64_t memory_fetched(const struct memory *memory)
{
    return memory->source->fetched;
}
