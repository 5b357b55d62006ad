/* A map from addresses to numbers, for the many millions of lookups that a heap takes. */
#ifndef CTXTRACE_GOLANG_BINARY_ADDRESS_MAP_H
#define CTXTRACE_GOLANG_BINARY_ADDRESS_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ADDRESS_MAP_NONE UINT32_MAX

struct address_slot {
    uint64_t address;
    uint32_t number;
};

/* Start from a zeroed structure. Address 0 cannot be a key. */
struct address_map {
    struct address_slot *slots;
    size_t capacity, count; /* the capacity is 0 or a power of two, at most half of it used */
};

/* Adds or changes; false when memory ran out. */
bool address_map_put(struct address_map *map, uint64_t address, uint32_t number);
/* ADDRESS_MAP_NONE when it is not there. */
uint32_t address_map_get(const struct address_map *map, uint64_t address);
void address_map_free(struct address_map *map);

#endif
