/*
 * The garbage-collected heap: its spans, and which object an address belongs to.
 *
 * A span is a run of pages cut into objects of one size. The runtime keeps a list of all of them,
 * which saves walking its arenas.
 */
#ifndef CTXTRACE_GOLANG_HEAP_HEAP_H
#define CTXTRACE_GOLANG_HEAP_HEAP_H

#include "golang/binary/program.h"

#define HEAP_PAGE  UINT64_C(8192)
/* Addresses are divided into arenas, beginning here; the runtime has a table of them. */
#define ARENA_SIZE (UINT64_C(64) << 20)
#define ARENA_BASE UINT64_C(0xffff800000000000)

struct span {
    uint64_t address;    /* of the mspan */
    uint64_t start, end; /* of the objects; what lies behind them are the runtime's own notes */
    uint64_t size;       /* of the whole span in bytes */
    uint64_t element;    /* size of an object */
    uint32_t count;      /* objects */
    uint32_t divisor;    /* 2^32 / element, rounded up */
    uint32_t free_index; /* objects below it are allocated */
    bool noscan;         /* its objects hold no pointers */
    bool unswept;        /* dead objects in it were not yet taken out */
    bool swept;          /* they were; neither: that is being done */
    uint64_t alloc_bits, mark_bits, specials, large_type;
    uint64_t first_bit; /* number of its first object, over all spans: for mark bits */
};

/* A run of addresses in which spans lie close to each other. */
struct heap_cluster {
    uint64_t start, end;
    uint32_t *span_of_page; /* index + 1, 0 for none */
};

struct heap {
    struct span *spans; /* in use, by start */
    size_t count;
    struct heap_cluster *clusters;
    size_t cluster_count;
    uint64_t object_count; /* over all spans */
    uint64_t scan_bytes;   /* in spans with pointers */
    bool inline_marks;     /* small spans end with mark bits of their own (green tea) */
    bool complete;         /* every span could be read */
};

/*
 * Reads the list of spans. false when memory ran out or there is no heap to be found. Free it in
 * any case.
 */
bool heap_list(const struct go_program *program, struct heap *heap);
/* Sorts the list, after which addresses can be looked up. false when memory ran out. */
bool heap_arrange(const struct go_program *program, struct heap *heap);
void heap_free(struct heap *heap);

/* The span in which an object with this address lies; NULL when it is none. */
const struct span *heap_span_of(const struct heap *heap, uint64_t address);

/* The span of the object with that number; a number that is there. */
const struct span *heap_span_numbered(const struct heap *heap, uint64_t number);

static inline uint32_t span_index_of(const struct span *span, uint64_t address)
{
    uint32_t index = (uint32_t)(((address - span->start) * span->divisor) >> 32);
    return index < span->count ? index : span->count - 1; /* sizes come from the program */
}

static inline uint64_t span_object(const struct span *span, uint32_t index)
{
    return span->start + (uint64_t)index * span->element;
}

/*
 * The first special of the span right now; 0 if it has none, or if its record belongs to another
 * span by now.
 */
uint64_t span_first_special(const struct go_program *program, const struct span *span);

/* A longer list of specials was read while it changed. */
static inline uint64_t span_max_specials(const struct span *span)
{
    return 8 * (uint64_t)span->count + 64;
}

/* Objects of more than 512 bytes begin with a word for their type (since Go 1.22). */
bool span_has_headers(const struct go_program *program, const struct span *span);

/* Where the pointer bits of a span of small objects lie (since Go 1.22): one for each word. */
struct memory_range span_pointer_bits(const struct heap *heap, const struct span *span);

/* Is the object allocated, and not known to be dead? */
bool span_is_allocated(const struct go_program *program, const struct heap *heap,
                       const struct span *span, uint32_t index);

/* Was the object that this address is in alive in the last garbage collection? */
bool heap_survived(const struct go_program *program, const struct heap *heap, uint64_t address);

/*
 * The first address of the allocated object that begins, as the program sees it (after its header),
 * at `address`; 0 when none does.
 */
uint64_t heap_object_start(const struct go_program *program, const struct heap *heap,
                           uint64_t address);

#endif
