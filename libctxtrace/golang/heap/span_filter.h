/*
 * Which spans can hold interfaces or closures at all.
 *
 * Of an interface the garbage collector follows the second word only: the first is an itab or a
 * type, which is not in the heap. Nor does it follow the first word of a closure, the entry of its
 * function. So an object with either has a word that is no pointer, followed by one that is. Since
 * Go 1.22 the pointer bits of small objects lie at the end of their span: 128 bytes say whether 8
 * kB are worth reading. In a heap full of nodes, strings and slices most spans are not.
 */
#ifndef CTXTRACE_GOLANG_HEAP_SPAN_FILTER_H
#define CTXTRACE_GOLANG_HEAP_SPAN_FILTER_H

#include "golang/heap/heap.h"

#define SPAN_FILTER_MAX 512 /* bytes of the bits of one span that are looked at */

/* Last words of objects, as bits, by size of the object. Start from a zeroed structure. */
struct object_ends {
    uint64_t *bits[65]; /* by words of an object */
};
void object_ends_free(struct object_ends *ends);

/* Where the bits of this span are; an empty range if it has none that can be looked at. */
struct memory_range span_filter_bits(const struct go_program *program, const struct heap *heap,
                                     const struct span *span);

/* Also true when memory ran out. `bits` are those of the range. */
bool span_may_hold_interfaces(struct object_ends *ends, const struct span *span, const void *bits);

#endif
