/*
 * The pointers on a goroutine's stack that are alive, by the maps that the garbage collector uses:
 * for each frame the live locals and arguments, and the stack objects that they reach.
 *
 * A frame of which the maps say nothing certain (assembly, interrupted at any instruction, a
 * thread's registers) is looked at word by word.
 */
#ifndef CTXTRACE_GOLANG_STACK_ROOTS_H
#define CTXTRACE_GOLANG_STACK_ROOTS_H

#include "golang/goroutines.h"
#include "golang/pointers.h"

/* `frame` is the one in which the pointer lies, NULL for a deferred call; `exact`: by a map. */
typedef void visit_stack_pointer(void *state, const struct go_frame *frame, uint64_t at,
                                 uint64_t pointer, bool exact);

/* `stack` is room for its frames. false if part of it could not be read. */
bool visit_stack(const struct go_program *program, const struct goroutine *goroutine,
                 struct go_stack *stack, visit_stack_pointer *visit, void *state);

#endif
