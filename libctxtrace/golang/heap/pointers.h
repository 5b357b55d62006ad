/*
 * Which words of a heap object, or of a value of a known type, are pointers.
 *
 * This is what the runtime's own garbage collector consults: up to Go 1.21 a bitmap per arena (two
 * bits per word up to 1.19, then one), since 1.22 a bitmap at the end of a span for objects of up
 * to 512 bytes, and the type in a header word, or in the span, for larger ones. Where there is no
 * mask, every word counts as a pointer, which can only keep more alive.
 */
#ifndef CTXTRACE_GOLANG_HEAP_POINTERS_H
#define CTXTRACE_GOLANG_HEAP_POINTERS_H

#include "golang/binary/address_map.h"
#include "golang/heap/heap.h"

struct mask {
    uint64_t size, pointer_bytes;
    const unsigned char *bits; /* NULL: every word */
    unsigned char *made;       /* the bits, where the type carries none */
};

/* Those of the types that were met. Start with the program, the heap and zeroes. */
struct masks {
    const struct go_program *program;
    const struct heap *heap; /* NULL: only types are asked about */
    struct mask *items;
    size_t count, capacity;
    struct address_map by_type;
};

void masks_free(struct masks *masks);

/* Called for each word that is a pointer and not nil; `at` is where it lies. */
typedef void visit_pointer(void *state, uint64_t at, uint64_t pointer);

/* Object number `index` of a span that has pointers. false if it could not be read. */
bool visit_object(struct masks *masks, const struct span *span, uint32_t index,
                  visit_pointer *visit, void *state);

/*
 * Which of the `count` words (1 to 64) from `address` on are pointers: bit i is that of word i. The
 * address is a multiple of 8, and all words lie in one object of this span. false if that is not
 * known.
 */
bool object_pointer_words(struct masks *masks, const struct span *span, uint64_t address,
                          unsigned count, uint64_t *bits);
/* The same for the first words of a value of this type, which has at least so many. */
bool type_pointer_words(struct masks *masks, uint64_t type, unsigned count, uint64_t *bits);
/*
 * Can a value of this type hold interfaces or closures, see span_filter.h? Also true if it is not
 * known.
 */
bool type_may_hold_interfaces(struct masks *masks, uint64_t type);

/*
 * `size` bytes from `address` on, by a mask of one bit per word that lies at `mask` in the program,
 * or every word if `mask` is 0. false if something could not be read.
 */
bool visit_range(const struct go_program *program, uint64_t address, uint64_t size, uint64_t mask,
                 visit_pointer *visit, void *state);

#endif
