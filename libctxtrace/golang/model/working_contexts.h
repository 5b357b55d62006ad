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

#include "golang/capture/stack_roots.h"
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
    /* Of the goroutine whose stack is walked: */
    struct goroutine *goroutine;
    const struct go_stack *stack;
    bool is_found; /* an interface, in the frame of the last hint */
};

/* Start from a zeroed structure. */
void context_hints_free(struct context_hints *hints);

/* Begins with the goroutine whose stack is walked next (stack_roots.h). */
void context_hints_begin(struct context_hints *hints, struct goroutine *goroutine,
                         const struct go_stack *stack);
/* Found on that stack: a pointer to what may be a context; `is_named`: by an interface. */
void context_hints_add(struct context_hints *hints, const struct stack_pointer *found,
                       uint64_t address, bool is_named);

/* When the contexts are known. */
void context_hints_resolve(const struct context_hints *hints, const struct contexts *contexts,
                           struct goroutines *goroutines);

#endif
