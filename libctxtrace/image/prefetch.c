#include "image/prefetch.h"

#include "base/page.h"
#include "image/page_batch.h"

#include <sys/mman.h>

#define PRESENCE_AT_ONCE 512

static struct page_batch new_batch(const struct memory *memory)
{
    return (struct page_batch){
        .source = memory->source, .deadline = memory->deadline, .constant_only = memory->sealed};
}

static void prefetch_piece(void *state, struct region *region, uint64_t first, uint64_t last)
{
    page_batch_add(state, region, first, last);
}

uint64_t memory_prefetch(struct memory *memory, const struct memory_range *ranges, size_t count)
{
    struct page_batch batch = new_batch(memory);
    uint64_t outside = regions_each_piece(memory->regions, ranges, count, prefetch_piece, &batch);
    page_batch_run(&batch);
    return outside + batch.unread;
}

static void prefetch_present_piece(void *state, struct region *region, uint64_t first,
                                   uint64_t last)
{
    bool there[PRESENCE_AT_ONCE];
    struct page_batch *batch = state;
    for (uint64_t some; first < last; first += some) {
        some = last - first < PRESENCE_AT_ONCE ? last - first : PRESENCE_AT_ONCE;
        memory_source_presence(batch->source, region->start + first * PAGE_BYTES, some, there);
        for (uint64_t at = 0, end; at < some; at = end) {
            for (end = at + 1; end < some && there[end] == there[at]; end++)
                ;
            if (there[at])
                page_batch_add(batch, region, first + at, first + end);
            else
                page_batch_zero(batch, region, first + at, first + end);
        }
    }
}

uint64_t memory_prefetch_present(struct memory *memory, const struct memory_range *ranges,
                                 size_t count)
{
    struct page_batch batch = new_batch(memory);
    uint64_t outside =
        regions_each_piece(memory->regions, ranges, count, prefetch_present_piece, &batch);
    page_batch_run(&batch);
    return outside + batch.unread;
}

static void warm_piece(void *state, struct region *region, uint64_t first, uint64_t last)
{
    (void)state;
    madvise(region->shadow + first * PAGE_BYTES, (last - first) * PAGE_BYTES, MADV_POPULATE_WRITE);
}

void memory_warm(struct memory *memory, const struct memory_range *ranges, size_t count)
{
    regions_each_piece(memory->regions, ranges, count, warm_piece, NULL);
}

static void drop_piece(void *state, struct region *region, uint64_t first, uint64_t last)
{
    (void)state;
    region_drop(region, first, last - first);
}

void memory_drop(struct memory *memory, const struct memory_range *ranges, size_t count)
{
    regions_each_piece(memory->regions, ranges, count, drop_piece, NULL);
}

void memory_drop_all(struct memory *memory)
{
    struct memory_range range;
    for (size_t i = 0; memory_writable(memory, i, &range); i++)
        memory_drop(memory, &range, 1);
}
