/*
 * The frames of every goroutine's stack and what it waits for: walked once, while its stack is at
 * hand, and kept compactly.
 */
#ifndef CTXTRACE_GOLANG_MODEL_GOROUTINE_STACKS_H
#define CTXTRACE_GOLANG_MODEL_GOROUTINE_STACKS_H

#include "golang/capture/goroutines.h"
#include "golang/model/waits.h"

struct goroutine_stacks {
    const struct pc_info **frames; /* innermost first */
    struct go_wait *waits;
    uint64_t *sudogs;
    size_t frame_count, frame_capacity;
    size_t wait_count, wait_capacity;
    size_t sudog_count, sudog_capacity;
    struct go_stack *stack; /* room for one */
    struct go_waits *room;  /* for those of one goroutine */
    bool failed;            /* memory ran out; what was added since is missing */
};

/* false when memory ran out. Free it in any case. */
bool goroutine_stacks_begin(struct goroutine_stacks *stacks);
void goroutine_stacks_free(struct goroutine_stacks *stacks);

/* Walks the stack, and writes into `goroutine` where its part of the lists is. */
void goroutine_stacks_add(struct goroutine_stacks *stacks, const struct go_program *program,
                          struct goroutine *goroutine);

#endif
