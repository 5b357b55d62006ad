/*
 * The pointers that a goroutine has in its hands, as far as they are on its stack.
 *
 * Of a goroutine at a safe point these are what the maps say that the garbage collector uses: for
 * each frame the live locals and arguments, and the stack objects that they reach, or that a saved
 * register leads to (sched.ctxt: the closure of a call that had to wait for a larger stack). That
 * is all, for the collector frees what is not among it. A frame of which the maps say nothing
 * certain (assembly, interrupted by a signal) is looked at word by word, as the collector does.
 *
 * The maps hold at safe points only. Of any other goroutine every word of the stack counts that is
 * in use:
 *   - what it was about to do is in its thread's registers (marked by marking_roots.c), and what
 *     those lead to on its own stack, structs or closures, is no stack object that a map reaches;
 *   - a caller can stand at a call that has no map: a write barrier, an unsafe point, for which the
 *     table has the map of some earlier call, in which what was stored since is dead;
 *   - while the stack is moved, pointers in it that lead into itself lead to where it was before.
 * No pointer hides from that: what is not in a register, nor in a word of the stack in use, nor in
 * what one of them leads to in the heap, the goroutine cannot come to.
 */
#ifndef CTXTRACE_GOLANG_CAPTURE_STACK_ROOTS_H
#define CTXTRACE_GOLANG_CAPTURE_STACK_ROOTS_H

#include "golang/capture/goroutines.h"
#include "golang/heap/pointers.h"

/* `frame` is the one in which the pointer lies, NULL for a deferred call; `exact`: by a map. */
typedef void visit_stack_pointer(void *state, const struct go_frame *frame, uint64_t at,
                                 uint64_t pointer, bool exact);

/* The same of a stack that was walked, from its goroutine's sp and pc. */
bool visit_walked_stack(const struct go_program *program, const struct goroutine *goroutine,
                        const struct go_stack *stack, visit_stack_pointer *visit, void *state);

/* `stack` is room for its frames. false if part of it could not be read. */
bool visit_stack(const struct go_program *program, const struct goroutine *goroutine,
                 struct go_stack *stack, visit_stack_pointer *visit, void *state);

#endif
