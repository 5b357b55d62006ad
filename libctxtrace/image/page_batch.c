#include "image/page_batch.h"

#include "base/page.h"

#include <sys/mman.h>

void page_batch_run(struct page_batch *batch)
{
    size_t read[MEMORY_FETCH_RANGES];
    if (!batch->count)
        return;
    memory_source_fetch(batch->source, batch->deadline, batch->ranges, batch->local, read,
                        batch->count);
    for (size_t i = 0; i < batch->count; i++) {
        struct region *region = batch->region[i];
        uint64_t wanted = batch->ranges[i].end - batch->ranges[i].start;
        uint64_t whole =
            read[i] == wanted ? (wanted + PAGE_BYTES - 1) / PAGE_BYTES : read[i] / PAGE_BYTES;
        region_set_present(region, (batch->ranges[i].start - region->start) / PAGE_BYTES, whole);
        batch->unread += wanted - read[i];
    }
    batch->count = 0;
    batch->bytes = 0;
}

static void add_run(struct page_batch *batch, struct region *region, uint64_t first, uint64_t count)
{
    const uint64_t most = MEMORY_FETCH_BYTES / PAGE_BYTES;
    while (count) {
        uint64_t some = count < most ? count : most;
        uint64_t start = region->start + first * PAGE_BYTES, end = start + some * PAGE_BYTES;
        if (batch->count == MEMORY_FETCH_RANGES || batch->bytes >= MEMORY_FETCH_BYTES)
            page_batch_run(batch);
        batch->bytes += some * PAGE_BYTES;
        batch->ranges[batch->count] =
            (struct memory_range){start, end < region->end ? end : region->end};
        batch->local[batch->count] = region->shadow + first * PAGE_BYTES;
        batch->region[batch->count++] = region;
        first += some;
        count -= some;
    }
}

static bool is_missing(const struct page_batch *batch, const struct region *region, uint64_t page)
{
    return !region_is_present(region, page) &&
           (region_is_constant(region, page) || !batch->constant_only);
}

/* The next run of missing pages from `*first` on, which it moves to; returns its end. */
static uint64_t next_run(const struct page_batch *batch, const struct region *region,
                         uint64_t *first, uint64_t last)
{
    while (*first < last && !is_missing(batch, region, *first))
        ++*first;
    uint64_t end = *first;
    while (end < last && is_missing(batch, region, end))
        end++;
    return end;
}

void page_batch_add(struct page_batch *batch, struct region *region, uint64_t first, uint64_t last)
{
    for (uint64_t end; first < last; first = end) {
        end = next_run(batch, region, &first, last);
        add_run(batch, region, first, end - first);
    }
}

void page_batch_zero(const struct page_batch *batch, struct region *region, uint64_t first,
                     uint64_t last)
{
    for (uint64_t end; first < last; first = end) {
        end = next_run(batch, region, &first, last);
        if (end > first)
            madvise(region->shadow + first * PAGE_BYTES, (end - first) * PAGE_BYTES, MADV_DONTNEED);
        region_set_present(region, first, end - first);
    }
}
