#include "base/keys.h"

#include "base/invariant.h"
#include "base/sorted.h"

#include <stdlib.h>
#include <string.h>

uint64_t key_at(const struct key_column *column, size_t index)
{
    uint64_t key;
    memcpy(&key, (const char *)column->first + index * column->stride, sizeof key);
    /* With the sign bit flipped, signed numbers compare as unsigned ones do. */
    return column->is_signed ? key ^ (UINT64_C(1) << 63) : key;
}

bool keys_ascend(const struct key_column *column)
{
    if (column->count == 0)
        return true;
    uint64_t before = key_at(column, 0);
    for (size_t i = 1; i < column->count; i++) {
        uint64_t key = key_at(column, i);
        if (key < before)
            return false;
        before = key;
    }
    return true;
}

/* ---- radix sort ---- */

enum {
    DIGIT_BITS = 11,
    DIGIT_VALUES = 1 << DIGIT_BITS,
    DIGITS = (64 + DIGIT_BITS - 1) / DIGIT_BITS
};

struct keyed {
    uint64_t key;
    uint32_t index;
};

static unsigned digit_of(uint64_t key, unsigned digit)
{
    return (unsigned)(key >> (digit * DIGIT_BITS)) & (DIGIT_VALUES - 1);
}

static void distribute(const struct keyed *from, struct keyed *to, size_t count, unsigned digit)
{
    size_t starts[DIGIT_VALUES] = {0};
    for (size_t i = 0; i < count; i++)
        starts[digit_of(from[i].key, digit)]++;
    size_t start = 0;
    for (unsigned value = 0; value < DIGIT_VALUES; value++) {
        size_t length = starts[value];
        starts[value] = start;
        start += length;
    }
    for (size_t i = 0; i < count; i++)
        to[starts[digit_of(from[i].key, digit)]++] = from[i];
}

static void sort_keyed(struct keyed **items, struct keyed **spare, size_t count, uint64_t varying)
{
    for (unsigned digit = 0; digit < DIGITS; digit++) {
        if (digit_of(varying, digit) == 0)
            continue; /* all keys agree in it */
        distribute(*items, *spare, count, digit);
        struct keyed *sorted = *spare;
        *spare = *items;
        *items = sorted;
    }
}

uint32_t *keys_order(const struct key_column *column)
{
    size_t count = column->count;
    struct keyed *items = malloc((count + 1) * sizeof *items);
    struct keyed *spare = malloc((count + 1) * sizeof *spare);
    uint32_t *order = malloc((count + 1) * sizeof *order);
    if (items && spare && order) {
        uint64_t varying = 0;
        for (size_t i = 0; i < count; i++) {
            items[i] = (struct keyed){.key = key_at(column, i), .index = (uint32_t)i};
            varying |= items[i].key ^ items[0].key;
        }
        sort_keyed(&items, &spare, count, varying);
        invariant(SORTED_ALL(i, count, items[i - 1].key <= items[i].key));
        for (size_t i = 0; i < count; i++)
            order[i] = items[i].index;
    } else {
        free(order);
        order = NULL;
    }
    free(items);
    free(spare);
    return order;
}

/* ---- search ---- */

/*
 * Ids are mostly given out in sequence, so a guess by proportion lands close to the place, and
 * doubling steps from there bracket it: a few memory accesses where bisecting everything costs
 * twenty. A column with another distribution costs the logarithm twice.
 */
uint32_t keys_find(const struct key_column *column, uint64_t key)
{
    size_t count = column->count;
    if (count == 0)
        return UINT32_MAX;
    uint64_t first = key_at(column, 0), last = key_at(column, count - 1);
    if (key < first || key > last)
        return UINT32_MAX;
    size_t guess = first == last
                       ? 0
                       : (size_t)((unsigned __int128)(key - first) * (count - 1) / (last - first));
    size_t low = guess, high = guess, step = 1;
    while (low > 0 && key_at(column, low) >= key) {
        low = low > step ? low - step : 0;
        step *= 2;
    }
    step = 1;
    while (high < count && key_at(column, high) < key) {
        high = count - high > step ? high + step : count;
        step *= 2;
    }
    size_t place = SORTED_FIRST(i, low, high, key_at(column, i) >= key);
    invariant(place == 0 || key_at(column, place - 1) < key);
    invariant(place == count || key_at(column, place) >= key);
    return place < count && key_at(column, place) == key ? (uint32_t)place : UINT32_MAX;
}
