/*
 * Where things were created, as far as the program's memory profiler sampled them
 * (heap/allocation_samples.h): the contexts that are shown, and the channels and locks that
 * goroutines wait for. For a lock this is where the object that contains it was allocated.
 *
 * The memory of a thing must not have been reused by the time its sample is read. In a capture it
 * cannot have been. In a running program, a goroutine that has not moved has kept alive what it
 * waits for; and a context counts if it still has the parent and channel that are shown. (If it is
 * another context by then, all that is shown is true of that one.)
 */
#ifndef CTXTRACE_GOLANG_MODEL_CREATION_STACKS_H
#define CTXTRACE_GOLANG_MODEL_CREATION_STACKS_H

#include "golang/binary/pc_info.h"
#include "golang/model/context_types.h"

#define CREATION_UNKNOWN 0

struct model;

/* Innermost frame first, one per call, inlined or not. */
struct creation_stack {
    size_t first_frame;
    uint32_t frame_count; /* 0: it consists of the runtime's own functions only */
    bool complete;        /* it reaches the top */
};

struct creation_stacks {
    struct creation_stack *items; /* things refer to them by number, counted from 1 */
    size_t count;
    const struct pc_info **frames; /* of each, only the innermost line is meant */
    size_t frame_count;
};

/*
 * Finds them for all that is shown. Samples are read from `then`, the capture or the running
 * program that the model was made of; stacks from `now`, which for a capture also reads the program
 * as it is now. Begins new readings of a running program. false when memory ran out.
 */
bool creation_stacks_read(const struct go_program *then, const struct go_program *now,
                          const struct context_types *types, struct model *model);
void creation_stacks_free(struct creation_stacks *stacks);

#endif
