/*
 * Which context a goroutine works under: likely the one that its frames hold.
 *
 * Functions pass contexts down as arguments, so the innermost frame that holds one, in a live local
 * or argument, is the best evidence. It holds it as an interface; or, where the compiler knew the
 * type, as a plain pointer, which counts if it leads to a context. Of several in one frame the
 * deepest in the tree is taken: it was derived from the others, or from their relatives.
 *
 * It is no proof: a function can hold a context and work for another, or pass it on and not use it
 * any more, and liveness maps show an argument as live until it is overwritten.
 *
 * A stack is at hand before all contexts are known. So whatever may be one is kept as a hint, and
 * looked up once they are.
 */
#ifndef CTXTRACE_GOLANG_MODEL_WORKING_CONTEXTS_H
#define CTXTRACE_GOLANG_MODEL_WORKING_CONTEXTS_H

#include "golang/model/contexts.h"
#include "golang/model/goroutine_stacks.h"

struct context_hint {
    uint64_t address; /* of what may be a context */
    uint32_t frame;
};

struct context_hints {
    struct context_hint *items;
    size_t count, capacity;
    bool failed; /* memory ran out; what was met since is missing */
};

/* Start from a zeroed structure. */
void context_hints_free(struct context_hints *hints);

/* While the goroutine's stack is at hand: `stack` has its frames. */
void context_hints_add(struct context_hints *hints, const struct go_program *program,
                       const struct context_types *types, const struct candidate_pattern *pattern,
                       const struct heap *heap, const struct go_stack *stack,
                       struct goroutine *goroutine);

/* When the contexts are known. */
void context_hints_resolve(const struct context_hints *hints, const struct contexts *contexts,
                           struct goroutines *goroutines);

#endif
