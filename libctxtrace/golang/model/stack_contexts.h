/*
 * The contexts on a stack, found in one walk for two purposes: they exist, and one of them is
 * likely the one that the goroutine works under (working_contexts.h).
 *
 * A dead slot of a frame holds nothing, whatever it looks like.
 */
#ifndef CTXTRACE_GOLANG_MODEL_STACK_CONTEXTS_H
#define CTXTRACE_GOLANG_MODEL_STACK_CONTEXTS_H

#include "golang/model/context_search.h"
#include "golang/model/working_contexts.h"

/* While the goroutine's stack is at hand: `stack` has its frames. */
void stack_contexts_find(struct context_search *search, struct context_hints *hints,
                         struct goroutine *goroutine, const struct go_stack *stack);

#endif
