#include "base/array.h"

#include "base/invariant.h"

#include <stdint.h>
#include <stdlib.h>

/* So many items at least, so that short arrays are made in one step. */
#define FIRST_ITEMS 16

void *array_grow(void *items, size_t *capacity, size_t needed, size_t size)
{
    invariant(items || *capacity == 0);
    if (needed <= *capacity && items)
        return items;
    size_t wanted;
    if (__builtin_add_overflow(*capacity, *capacity / 2 + FIRST_ITEMS, &wanted) || wanted < needed)
        wanted = needed;
    void *grown = reallocarray(items, wanted, size);
    if (grown)
        *capacity = wanted;
    return grown;
}
