#include "image/reread.h"

#include "base/page.h"
#include "image/regions.h"

#include <stdlib.h>
#include <string.h>

static void fetch(const struct memory *memory, const struct memory_range *ranges,
                  void *const *local, size_t *read, size_t count)
{
    memory->source->backend->fetch(memory->source->state, ranges, local, read, count);
}

void memory_read_now(const struct memory *memory, const struct memory_range *ranges,
                     void *const *local, size_t *read, size_t count)
{
    fetch(memory, ranges, local, read, count);
}

/* Reads runs of pages that are there; what cannot be read ends a run. */
static void read_pages(const struct memory *memory, const struct memory_range *range,
                       const bool *there, unsigned char *local)
{
    uint64_t first_page = range->start / PAGE_BYTES;
    for (uint64_t at = range->start; at < range->end;) {
        bool wanted = there[at / PAGE_BYTES - first_page];
        uint64_t end = at;
        while (end < range->end && there[end / PAGE_BYTES - first_page] == wanted)
            end = page_round_down(end) + PAGE_BYTES;
        struct memory_range run = {at, end < range->end ? end : range->end};
        void *to = local + (at - range->start);
        size_t got = 0;
        if (wanted)
            fetch(memory, &run, &to, &got, 1);
        /* Behind a page that cannot be read there may be others that can. */
        at = wanted && got < run.end - at ? page_round_down(at + got) + PAGE_BYTES : run.end;
    }
}

void memory_read_present(const struct memory *memory, const struct memory_range *range, void *local)
{
    size_t pages = (range->end - 1) / PAGE_BYTES - range->start / PAGE_BYTES + 1;
    bool *there = malloc(pages * sizeof *there);
    memset(local, 0, range->end - range->start);
    if (!there)
        return;
    memory_source_presence(memory->source, page_round_down(range->start), pages, there);
    read_pages(memory, range, there, local);
    free(there);
}

void memory_reread(const struct memory *memory, const uint64_t *addresses, size_t size,
                   void *const *local, bool *good, size_t count)
{
    for (size_t done = 0; done < count; done += MEMORY_FETCH_RANGES) {
        size_t some = count - done < MEMORY_FETCH_RANGES ? count - done : MEMORY_FETCH_RANGES;
        size_t read[MEMORY_FETCH_RANGES] = {0};
        struct memory_range ranges[MEMORY_FETCH_RANGES];
        for (size_t i = 0; i < some; i++)
            ranges[i] = (struct memory_range){addresses[done + i], addresses[done + i] + size};
        fetch(memory, ranges, local + done, read, some);
        for (size_t i = 0; i < some; i++)
            good[done + i] = read[i] == size;
    }
}
