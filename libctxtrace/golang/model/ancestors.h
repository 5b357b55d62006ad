/*
 * The ancestors of goroutines: who created a goroutine, who created that one, and so on, each with
 * the stack that it had then. The runtime keeps them in programs that run with
 * GODEBUG=tracebackancestors=N, the nearest N of each goroutine.
 *
 * They never change, and are kept by the goroutine's g. So what was read is right if that g still
 * belongs to the same goroutine afterwards.
 */
#ifndef CTXTRACE_GOLANG_MODEL_ANCESTORS_H
#define CTXTRACE_GOLANG_MODEL_ANCESTORS_H

#include "golang/binary/program.h"

struct model;

struct go_ancestor {
    uint64_t id;
    uint32_t stack; /* where it created the one before it; number among the model's call stacks */
};

/* Those of a goroutine are neighbours, the nearest first. */
struct ancestors {
    struct go_ancestor *items;
    size_t count, capacity;
};

/*
 * Reads the ancestors of all goroutines, of the runtime's own too if `system`. `program` is a
 * running program, for which a new reading begins, or a capture with what lies beneath it. false
 * when memory ran out.
 */
bool ancestors_read(const struct go_program *program, bool system, struct model *model);
void ancestors_free(struct ancestors *ancestors);

#endif
