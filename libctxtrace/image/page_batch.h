/*
 * Runs of missing pages, gathered and fetched together: a system call costs more than a page. What
 * is gathered is fetched when there is enough for a call, and by page_batch_run() for the rest.
 */
#ifndef CTXTRACE_IMAGE_PAGE_BATCH_H
#define CTXTRACE_IMAGE_PAGE_BATCH_H

#include "image/regions.h"

struct page_batch {
    struct memory_source *source;
    struct memory_deadline *deadline; /* NULL: none */
    bool constant_only;               /* what may be written is not fetched */
    struct memory_range ranges[MEMORY_FETCH_RANGES];
    void *local[MEMORY_FETCH_RANGES];
    struct region *region[MEMORY_FETCH_RANGES];
    size_t count;
    uint64_t bytes;  /* in them */
    uint64_t unread; /* bytes that were asked for and did not come through */
};

/* Adds the missing ones of the pages from `first` up to, but not including, `last`. */
void page_batch_add(struct page_batch *batch, struct region *region, uint64_t first, uint64_t last);

/* The same pages are zero in the program: they become so here, and are not fetched. */
void page_batch_zero(const struct page_batch *batch, struct region *region, uint64_t first,
                     uint64_t last);

/* Fetches what was gathered. */
void page_batch_run(struct page_batch *batch);

#endif
