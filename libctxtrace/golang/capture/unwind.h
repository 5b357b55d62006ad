/*
 * Stacks of goroutines.
 *
 * A Go frame has a size that is known for every pc; above it lies the return address. A walk begins
 * at the stack pointer and pc that the scheduler saved, or at a thread's registers, stays within
 * the goroutine's stack, and ends at a function marked as the top.
 */
#ifndef CTXTRACE_GOLANG_CAPTURE_UNWIND_H
#define CTXTRACE_GOLANG_CAPTURE_UNWIND_H

#include "golang/binary/pc_info.h"

#define UNWIND_MAX_FRAMES 512

struct go_frame {
    uint64_t pc;                /* where it goes on */
    uint64_t sp;                /* its lowest address */
    uint64_t top;               /* address of its return address */
    const struct pc_info *info; /* of `pc`, or of pc - 1 when pc is a return address */
    bool is_call;               /* pc is a return address */
};

struct go_stack {
    struct go_frame frames[UNWIND_MAX_FRAMES];
    size_t count;
    bool complete; /* reached the top */
};

struct unwind_start {
    uint64_t sp, pc;
    bool saved; /* by a call into the runtime, so that pc is a return address; else these are
                   a thread's registers */
    uint64_t low, high; /* every frame lies in [low, high) */
};

void unwind(const struct go_program *program, const struct unwind_start *start,
            struct go_stack *stack);

#endif
