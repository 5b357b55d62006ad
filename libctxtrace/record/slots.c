#include "record/slots.h"

#include "base/invariant.h"
#include "record/storage.h"
#include "record/uninstrumented.h"

#include <sys/mman.h>

bool slots_open(struct slot_stock *stock, uint64_t capacity)
{
    lock_reset(&stock->lock);
    stock->free_count = stock->used = 0;
    void *list = mmap(NULL, capacity * sizeof *stock->free, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    stock->free = list == MAP_FAILED ? NULL : list;
    return stock->free != NULL;
}

void slots_close(struct slot_stock *stock, uint64_t capacity)
{
    if (stock->free)
        munmap(stock->free, capacity * sizeof *stock->free);
    stock->free = NULL;
}

/* New slots at the end of the area, at most as many as are wanted. */
static uint32_t extend(struct slot_stock *stock, struct storage *storage,
                       enum segment_area_kind area, uint32_t *slots, uint32_t wanted)
{
    uint64_t capacity = storage->header->areas[area].capacity;
    invariant(stock->used <= capacity);
    if (stock->used + (uint64_t)wanted > capacity)
        wanted = (uint32_t)(capacity - stock->used);
    if (wanted == 0 || !storage_claim(storage, area, stock->used + (uint64_t)wanted))
        return 0;
    for (uint32_t i = 0; i < wanted; i++)
        slots[i] = stock->used + wanted - 1 - i; /* the lowest is taken first */
    stock->used += wanted;
    return wanted;
}

/* ---- caches ---- */

struct large_cache {
    uint32_t slots[SLOT_CACHE_SIZE];
    struct large_cache *next; /* a free one */
};

enum { LARGE_CACHES_AT_ONCE = 15 }; /* in a page */

static struct lock large_lock;
static struct large_cache *free_large;

/* With the lock held. From the kernel: this can be reached from inside the program's allocator. */
static void make_large(void)
{
    struct large_cache *made = mmap(NULL, LARGE_CACHES_AT_ONCE * sizeof *made,
                                    PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    for (int i = 0; made != MAP_FAILED && i < LARGE_CACHES_AT_ONCE; i++) {
        made[i].next = free_large;
        free_large = &made[i];
    }
}

static void enlarge(struct slot_cache *cache)
{
    invariant(!cache->large && cache->count <= SLOT_FIRST_CACHE);
    lock_take(&large_lock);
    if (!free_large)
        make_large();
    struct large_cache *large = free_large;
    if (large)
        free_large = large->next;
    lock_release(&large_lock);
    if (!large)
        return;
    copy_slots(large->slots, cache->first, cache->count);
    cache->large = large;
}

static void give_up_large(struct slot_cache *cache)
{
    if (!cache->large)
        return;
    lock_take(&large_lock);
    cache->large->next = free_large;
    free_large = cache->large;
    lock_release(&large_lock);
    cache->large = NULL;
}

void slots_forget_large_caches(void)
{
    lock_reset(&large_lock);
    free_large = NULL;
}

static inline uint32_t *slots_of(struct slot_cache *cache)
{
    return cache->large ? cache->large->slots : cache->first;
}

static inline uint32_t room_of(const struct slot_cache *cache)
{
    return cache->large ? SLOT_CACHE_SIZE : SLOT_FIRST_CACHE;
}

/* Out of line, like give(): most slots come out of the cache and go back into it. */
__attribute__((noinline)) static void refill(struct slot_stock *stock, struct slot_cache *cache,
                                             struct storage *storage, enum segment_area_kind area)
{
    invariant(cache->count == 0);
    uint32_t batch = cache->batch == 0               ? 1
                     : cache->batch * 2 < SLOT_BATCH ? cache->batch * 2u
                                                     : SLOT_BATCH;
    if (batch > SLOT_FIRST_CACHE && !cache->large)
        enlarge(cache);
    batch = batch <= room_of(cache) ? batch : room_of(cache);
    cache->batch = (uint8_t)batch;
    uint32_t *slots = slots_of(cache);
    lock_take(&stock->lock);
    uint32_t count = stock->free_count < batch ? stock->free_count : batch;
    invariant(stock->free_count <= stock->used);
    stock->free_count -= count;
    copy_slots(slots, stock->free + stock->free_count, count);
    cache->count = (uint8_t)(count ? count : extend(stock, storage, area, slots, batch));
    invariant(cache->count <= room_of(cache));
    lock_release(&stock->lock);
}

bool slots_take(struct slot_stock *stock, struct slot_cache *cache, struct storage *storage,
                enum segment_area_kind area, uint32_t *index)
{
    if (cache->count == 0)
        refill(stock, cache, storage, area);
    if (cache->count == 0)
        return false;
    *index = slots_of(cache)[--cache->count];
    invariant(*index < storage->header->areas[area].capacity);
    return true;
}

__attribute__((noinline)) static void give(struct slot_stock *stock, struct slot_cache *cache,
                                           uint32_t keep)
{
    invariant(keep <= cache->count && cache->count <= room_of(cache));
    lock_take(&stock->lock);
    uint32_t count = cache->count - keep, *slots = slots_of(cache);
    invariant(stock->free_count + count <= stock->used); /* none was freed twice */
    copy_slots(stock->free + stock->free_count, slots + keep, count);
    stock->free_count += count;
    cache->count = (uint8_t)keep;
    lock_release(&stock->lock);
}

/* Would be freed twice. */
static bool is_cached(struct slot_cache *cache, uint32_t index)
{
    const uint32_t *slots = slots_of(cache);
    for (uint32_t i = 0; i < cache->count; i++)
        if (slots[i] == index)
            return true;
    return false;
}

void slots_free(struct slot_stock *stock, struct slot_cache *cache, uint32_t index)
{
    invariant(!is_cached(cache, index));
    if (cache->count == SLOT_FIRST_CACHE && !cache->large)
        enlarge(cache);
    if (cache->count == room_of(cache))
        give(stock, cache, room_of(cache) / 2);
    invariant(cache->count < room_of(cache));
    slots_of(cache)[cache->count++] = index;
}

void slots_give_back(struct slot_stock *stock, struct slot_cache *cache)
{
    if (cache->count)
        give(stock, cache, 0);
    invariant(cache->count == 0);
    give_up_large(cache);
}
