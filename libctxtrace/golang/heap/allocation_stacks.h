/*
 * Stacks of allocations, from the buckets of the program's own memory profiler.
 *
 * A bucket is created once per stack and size of sampled allocations, never changes and is never
 * freed, so it may be read at any time, also while the program runs on after a capture. Its header
 * is followed by return addresses, innermost first: one per call in the source, inlined calls
 * included.
 *
 * The header contains the hash by which the runtime looks buckets up, computed from all addresses
 * and the size. It is recomputed here, and what has a different hash is not a bucket. So neither a
 * torn pointer nor a forged one passes for a stack by accident.
 */
#ifndef CTXTRACE_GOLANG_HEAP_ALLOCATION_STACKS_H
#define CTXTRACE_GOLANG_HEAP_ALLOCATION_STACKS_H

#include "golang/binary/address_map.h"
#include "golang/binary/program.h"

#define ALLOCATION_STACK_NONE UINT32_MAX

struct allocation_stack {
    size_t first; /* among the addresses */
    uint32_t count;
    uint64_t size; /* of the objects */
};

/* Start from a zeroed structure. */
struct allocation_stacks {
    struct allocation_stack *items;
    size_t count, capacity;
    uint64_t *addresses;
    size_t address_count, address_capacity;
    struct address_map known; /* from the address of a bucket, or of what is none */
    bool failed;              /* memory ran out */
};

/* The stack of this bucket, read once; ALLOCATION_STACK_NONE if it is not a bucket. */
uint32_t allocation_stacks_find(struct allocation_stacks *stacks, const struct go_program *program,
                                uint64_t bucket);
void allocation_stacks_free(struct allocation_stacks *stacks);

/* The runtime's hash of a bucket's stack and size. */
uint64_t allocation_stack_hash(const uint64_t *addresses, size_t count, uint64_t size);

#endif
