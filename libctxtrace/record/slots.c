#include "record/slots.h"

#include "record/storage.h"
#include <string.h>
#include <sys/mman.h>

bool slots_open(struct slot_stock *stock, uint64_t capacity)
{
    pthread_mutex_init(&stock->mutex, NULL);
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
    if (stock->used + (uint64_t)wanted > capacity)
        wanted = (uint32_t)(capacity - stock->used);
    if (wanted == 0 || !storage_claim(storage, area, stock->used + (uint64_t)wanted))
        return 0;
    for (uint32_t i = 0; i < wanted; i++)
        slots[i] = stock->used + wanted - 1 - i; /* the lowest is taken first */
    stock->used += wanted;
    return wanted;
}

static void refill(struct slot_stock *stock, struct slot_cache *cache, struct storage *storage,
                   enum segment_area_kind area)
{
    cache->batch = cache->batch == 0               ? 1
                   : cache->batch * 2 < SLOT_BATCH ? cache->batch * 2
                                                   : SLOT_BATCH;
    pthread_mutex_lock(&stock->mutex);
    uint32_t count = stock->free_count < cache->batch ? stock->free_count : cache->batch;
    stock->free_count -= count;
    memcpy(cache->slots, stock->free + stock->free_count, count * sizeof *cache->slots);
    cache->count = count ? count : extend(stock, storage, area, cache->slots, cache->batch);
    pthread_mutex_unlock(&stock->mutex);
}

bool slots_take(struct slot_stock *stock, struct slot_cache *cache, struct storage *storage,
                enum segment_area_kind area, uint32_t *index)
{
    if (cache->count == 0)
        refill(stock, cache, storage, area);
    if (cache->count == 0)
        return false;
    *index = cache->slots[--cache->count];
    return true;
}

static void give(struct slot_stock *stock, struct slot_cache *cache, uint32_t keep)
{
    pthread_mutex_lock(&stock->mutex);
    uint32_t count = cache->count - keep;
    memcpy(stock->free + stock->free_count, cache->slots + keep, count * sizeof *cache->slots);
    stock->free_count += count;
    cache->count = keep;
    pthread_mutex_unlock(&stock->mutex);
}

void slots_free(struct slot_stock *stock, struct slot_cache *cache, uint32_t index)
{
    if (cache->count == SLOT_CACHE_SIZE)
        give(stock, cache, SLOT_BATCH);
    cache->slots[cache->count++] = index;
}

void slots_give_back(struct slot_stock *stock, struct slot_cache *cache)
{
    if (cache->count)
        give(stock, cache, 0);
}
