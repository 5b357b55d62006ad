/* Columns of keys in an array of anything: putting them in order and finding one, in bulk. */
#ifndef CTXTRACE_BASE_KEYS_H
#define CTXTRACE_BASE_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

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
