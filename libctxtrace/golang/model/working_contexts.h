/*
 * Under which context a goroutine works: likely the one that its frames hold.
 *
 * Functions hand contexts down by their arguments, so the nearest frame that holds one, in a local
 * or argument that still lives, tells best. It holds it as an interface; or, where the compiler
 * knew the type, by the pointer alone, which counts if it is that of a context. Of several in one
 * frame it is the one that is furthest down the tree: it was made of the others, or of their kin.
 *
 * Nothing proves it: a function can hold a context and work for another, or hand it on and not use
 * it any more, which the maps of what lives tell only until the argument is overwritten.
 *
 * A stack is at hand before all contexts are known. So what may be one is kept as a hint, and
 * looked up when they are.
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
