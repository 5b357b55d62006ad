#include "image/ranges.h"

#include "base/array.h"
#include "base/invariant.h"
#include "base/page.h"
#include "base/sorted.h"

#include <stdlib.h>

void ranges_add(struct ranges *ranges, uint64_t start, uint64_t size)
{
    if (!size || start + size < start || ranges->failed)
        return;
    if (!ARRAY_ROOM(ranges->items, ranges->capacity, ranges->count + 1)) {
        ranges->failed = true;
        return;
    }
    ranges->items[ranges->count++] = (struct memory_range){start, start + size};
}

static int by_start(const void *a, const void *b)
{
    const struct memory_range *left = a, *right = b;
    return (left->start > right->start) - (left->start < right->start);
}

/* Joins each range with the one before it in the list if they touch. */
static void join_touching(struct ranges *ranges)
{
    size_t last = 0;
    for (size_t i = 1; i < ranges->count; i++) {
        const struct memory_range *range = &ranges->items[i];
        struct memory_range *into = &ranges->items[last];
        if (range->start > into->end || range->end < into->start) {
            ranges->items[++last] = *range;
            continue;
        }
        into->start = range->start < into->start ? range->start : into->start;
        into->end = range->end > into->end ? range->end : into->end;
    }
    ranges->count = last + 1;
}

void ranges_join(struct ranges *ranges)
{
    if (!ranges->count)
        return;
    for (size_t i = 0; i < ranges->count; i++) {
        ranges->items[i].start = page_round_down(ranges->items[i].start);
        if (ranges->items[i].end <= UINT64_MAX - PAGE_BYTES)
            ranges->items[i].end = page_round_up(ranges->items[i].end);
    }
    join_touching(ranges); /* what lies together was often added together: less is left to sort */
    qsort(ranges->items, ranges->count, sizeof *ranges->items, by_start);
    join_touching(ranges);
    invariant(SORTED_ALL(i, ranges->count, ranges->items[i - 1].end < ranges->items[i].start));
}

void ranges_sort(struct ranges *ranges)
{
    size_t kept = 0;
    if (ranges->count)
        qsort(ranges->items, ranges->count, sizeof *ranges->items, by_start);
    for (size_t i = 0; i < ranges->count; i++)
        if (!kept || ranges->items[i].start >= ranges->items[kept - 1].end)
            ranges->items[kept++] = ranges->items[i];
    ranges->count = kept;
    invariant(SORTED_ALL(i, ranges->count, ranges->items[i - 1].end <= ranges->items[i].start));
}

uint64_t ranges_bytes(const struct ranges *ranges)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < ranges->count; i++)
        bytes += ranges->items[i].end - ranges->items[i].start;
    return bytes;
}

void ranges_free(struct ranges *ranges)
{
    free(ranges->items);
    *ranges = (struct ranges){NULL, 0, 0, false};
}
