/* Growing arrays and sorted orders: what the pieces of the builder share. Not for sources. */
#ifndef CTXTRACE_SNAPSHOT_MEMORY_H
#define CTXTRACE_SNAPSHOT_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Makes room for `needed` items of `size` bytes in the array `items`, which has room for *capacity.
 * Returns the array, perhaps moved, or NULL when memory ran out; then the old array is untouched.
 */
void *memory_grow(void *items, size_t *capacity, size_t needed, size_t size);

/*
 * Keys are 64-bit numbers, one in each of `count` items that are `stride` bytes apart; `first`
 * points at the first key. Signed keys are compared as int64_t.
 */
struct key_column {
    const void *first;
    size_t stride;
    size_t count;
    bool is_signed;
};

uint64_t key_at(const struct key_column *column, size_t index);

bool keys_ascend(const struct key_column *column);

/*
 * The indexes of the items in ascending order of their keys; equal keys stay in their order. To be
 * freed by the caller; NULL when memory ran out. Linear in the number of items.
 */
uint32_t *keys_order(const struct key_column *column);

/* The index of the first item with this key in an ascending column, or UINT32_MAX. Logarithmic. */
uint32_t keys_find(const struct key_column *column, uint64_t key);

#endif
