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

#include "golang/model/context_types.h"

struct model;

/*
 * Finds them for all that is shown; things get their number among the model's call stacks. Samples
 * are read from `then`, the capture or the running program that the model was made of; stacks from
 * `now`, which for a capture also reads the program as it is now. Begins new readings of a running
 * program. false when memory ran out.
 */
bool creation_stacks_read(const struct go_program *then, const struct go_program *now,
                          const struct context_types *types, struct model *model);
#endif
