/* Open addressing with linear probing; nothing is ever removed. */
#include "golang/binary/address_map.h"

#include "base/hash.h"
#include "base/invariant.h"

#include <stdlib.h>

static size_t slot_of(const struct address_map *map, uint64_t address)
{
    invariant(map->count < map->capacity); /* a search ends at a free slot */
    size_t slot = hash_scatter(address) >> 20 & (map->capacity - 1);
    while (map->slots[slot].address && map->slots[slot].address != address)
        slot = (slot + 1) & (map->capacity - 1);
    return slot;
}

static bool grow(struct address_map *map)
{
    struct address_map larger = {.capacity = map->capacity ? map->capacity * 2 : 64,
                                 .count = map->count};
    larger.slots = calloc(larger.capacity, sizeof *larger.slots);
    if (!larger.slots)
        return false;
    for (size_t i = 0; i < map->capacity; i++)
        if (map->slots[i].address)
            larger.slots[slot_of(&larger, map->slots[i].address)] = map->slots[i];
    free(map->slots);
    *map = larger;
    return true;
}

bool address_map_put(struct address_map *map, uint64_t address, uint32_t number)
{
    if (!address || ((map->count + 1) * 2 > map->capacity && !grow(map)))
        return false;
    size_t slot = slot_of(map, address);
    map->count += !map->slots[slot].address;
    map->slots[slot] = (struct address_slot){address, number};
    return true;
}

uint32_t address_map_get(const struct address_map *map, uint64_t address)
{
    if (!map->capacity || !address)
        return ADDRESS_MAP_NONE;
    size_t slot = slot_of(map, address);
    return map->slots[slot].address ? map->slots[slot].number : ADDRESS_MAP_NONE;
}

void address_map_free(struct address_map *map)
{
    free(map->slots);
    *map = (struct address_map){0};
}
