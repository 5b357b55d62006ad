/*
 * Stacks that the runtime noted as lists of return addresses, as frames.
 *
 * Such a list has one address per call in the source, innermost first, inlined calls included: of
 * each frame only the innermost line is meant.
 */
#ifndef CTXTRACE_GOLANG_MODEL_CALL_STACKS_H
#define CTXTRACE_GOLANG_MODEL_CALL_STACKS_H

#include "golang/binary/pc_info.h"

#define CALL_STACK_NONE 0

struct call_stack {
    size_t first_frame;
    uint32_t frame_count;
    bool complete; /* it reaches the top */
};

/* Start from a zeroed structure. */
struct call_stacks {
    struct call_stack *items; /* things refer to them by number, counted from 1 */
    size_t count, capacity;
    const struct pc_info **frames;
    size_t frame_count, frame_capacity;
    bool failed; /* memory ran out */
};

/*
 * Adds a stack, without the runtime's own functions at its inner end, and returns its number;
 * CALL_STACK_NONE if nothing is left of it, or memory ran out. `addresses` is not trusted.
 */
uint32_t call_stacks_add(struct call_stacks *stacks, const struct go_program *program,
                         const uint64_t *addresses, size_t count);
void call_stacks_free(struct call_stacks *stacks);

#endif
