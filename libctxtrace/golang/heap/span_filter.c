#include "golang/heap/span_filter.h"

#include <stdlib.h>
#include <string.h>

#define WITH_BITS 512 /* objects up to this size have them */

void object_ends_free(struct object_ends *ends)
{
    for (size_t i = 0; i < sizeof ends->bits / sizeof ends->bits[0]; i++)
        free(ends->bits[i]);
    *ends = (struct object_ends){0};
}

struct memory_range span_filter_bits(const struct go_program *program, const struct heap *heap,
                                     const struct span *span)
{
    uint64_t size = span->size / 64;
    if (program->layout.traits.pointer_bits != POINTER_BITS_IN_SPANS || span->noscan ||
        !span->divisor || span->element > WITH_BITS || size > SPAN_FILTER_MAX || size % 8)
        return (struct memory_range){0, 0};
    return span_pointer_bits(heap, span);
}

/* Made for the largest span, so that it serves all that have objects of this size. */
static const uint64_t *ends_of(struct object_ends *ends, uint64_t words)
{
    if (ends->bits[words])
        return ends->bits[words];
    uint64_t *bits = calloc(SPAN_FILTER_MAX / 8, 8);
    for (uint64_t last = words - 1; bits && last < SPAN_FILTER_MAX * 8; last += words)
        bits[last / 64] |= UINT64_C(1) << (last % 64);
    ends->bits[words] = bits;
    return bits;
}

bool span_may_hold_interfaces(struct object_ends *ends, const struct span *span, const void *bits)
{
    uint64_t pointers[SPAN_FILTER_MAX / 8 + 1] = {0};
    const uint64_t *last_words = ends_of(ends, span->element / 8);
    size_t count = (size_t)(span->size / 64 / 8);
    if (!last_words)
        return true;
    memcpy(pointers, bits, count * 8);
    for (size_t i = 0; i < count; i++) {
        uint64_t behind = pointers[i] >> 1 | pointers[i + 1] << 63;
        if (~pointers[i] & behind & ~last_words[i])
            return true;
    }
    return false;
}
