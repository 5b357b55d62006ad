/*
 * The contexts on a stack, found in one walk for two purposes: they exist, and one of them is
 * likely the one that the goroutine works under (working_contexts.h).
 *
 * A context is on a stack where an interface holds it, and where a live pointer leads to an object
 * with the structure of one that has a cancelCtx. A dead slot of a frame holds nothing, whatever it
 * looks like.
 *
 * The compiler can keep the two words of an interface apart, in either order. The first is then no
 * evidence, for no map says whether it is live, and a context without a cancelCtx has no structure
 * of its own: a struct {ctx context.Context; a, b any} looks like one with a value, a variable that
 * escaped like one without cancel, and either can well be in a frame that has the first word of
 * another context. Where a live pointer leads to such an object, and its frame has the word of that
 * type, the object is *undecided*: not shown, and counted, unless something else tells that it is a
 * context.
 */
#ifndef CTXTRACE_GOLANG_MODEL_STACK_CONTEXTS_H
#define CTXTRACE_GOLANG_MODEL_STACK_CONTEXTS_H

#include "golang/model/context_search.h"
#include "golang/model/working_contexts.h"

/* While the goroutine's stack is at hand: `stack` has its frames. */
void stack_contexts_find(struct context_search *search, struct context_hints *hints,
                         struct goroutine *goroutine, const struct go_stack *stack);

#endif
