/*
 * Which slots of an area are free. All of this is in the process's own memory: a segment needs no
 * free lists to be read (see segment/format.h).
 *
 * Each thread keeps a few free slots to itself and exchanges them with the common stock by the
 * batch, so that taking and freeing one costs no lock. A thread's first batch is a single slot, and
 * each is twice the one before: of thousands of threads that need one slot each, none keeps others
 * from the rest.
 */
#ifndef CTXTRACE_RECORD_SLOTS_H
#define CTXTRACE_RECORD_SLOTS_H

#include "base/lock.h"
#include "segment/format.h"

#include <stdbool.h>

enum {
    SLOT_BATCH = 32, /* the largest batch */
    SLOT_CACHE_SIZE = 2 * SLOT_BATCH,
    SLOT_FIRST_CACHE = 2 /* of a thread that has not needed more yet */
};

struct slot_stock {
    struct lock lock;
    uint32_t *free; /* mapped for as many as the area can hold, paid when used */
    uint32_t free_count;
    uint32_t used; /* slots ever handed out */
};

/* All zero: empty. Most threads need a slot or two of each kind, and no large cache. */
struct slot_cache {
    uint8_t count;
    uint8_t batch; /* how many it was given last; 0: none yet */
    uint32_t first[SLOT_FIRST_CACHE];
    struct large_cache *large; /* instead; NULL: none */
};

struct storage;

/* False: there is no memory for the list. */
bool slots_open(struct slot_stock *stock, uint64_t capacity);
void slots_close(struct slot_stock *stock, uint64_t capacity);

/* A free slot's index; false: the area is full, or the file system is. */
bool slots_take(struct slot_stock *stock, struct slot_cache *cache, struct storage *storage,
                enum segment_area_kind area, uint32_t *index);
void slots_free(struct slot_stock *stock, struct slot_cache *cache, uint32_t index);
/* In a forked child: what the parent's threads had is given up. */
void slots_forget_large_caches(void);
/* A thread ends: its cache goes back into the stock. */
void slots_give_back(struct slot_stock *stock, struct slot_cache *cache);

#endif
