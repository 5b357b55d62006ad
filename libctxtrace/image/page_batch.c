#include "image/page_batch.h"

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
            read[i] == wanted ? (wanted + REGION_PAGE - 1) / REGION_PAGE : read[i] / REGION_PAGE;
        region_set_present(region, (batch->ranges[i].start - region->start) / REGION_PAGE, whole);
        batch->unread += wanted - read[i];
    }
    batch->count = 0;
    batch->bytes = 0;
}

static void add_run(struct page_batch *batch, struct region *region, uint64_t first, uint64_t count)
{
    const uint64_t most = MEMORY_FETCH_BYTES / REGION_PAGE;
    while (count) {
        uint64_t some = count < most ? count : most;
        uint64_t start = region->start + first * REGION_PAGE, end = start + some * REGION_PAGE;
        if (batch->count == MEMORY_FETCH_RANGES || batch->bytes >= MEMORY_FETCH_BYTES)
            page_batch_run(batch);
        batch->bytes += some * REGION_PAGE;
        batch->ranges[batch->count] =
            (struct memory_range){start, end < region->end ? end : region->end};
        batch->local[batch->count] = region->shadow + first * REGION_PAGE;
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
            madvise(region->shadow + first * REGION_PAGE, (end - first) * REGION_PAGE,
                    MADV_DONTNEED);
        region_set_present(region, first, end - first);
    }
}
