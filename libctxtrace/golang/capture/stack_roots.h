/*
 * The roots on a goroutine's stack.
 *
 * For a goroutine at a safe point they are what the garbage collector's own maps say: in each frame
 * the live locals and arguments, and the stack objects reached from them or from a saved register
 * (sched.ctxt: the closure of a call that had to wait for a larger stack). There are no others, for
 * the collector frees what these do not reach. A frame for which the maps are of no use (assembly,
 * interrupted by a signal) is scanned conservatively, as the collector does it.
 *
 * The maps hold at safe points only. For any other goroutine the whole used part of the stack is
 * scanned conservatively:
 *   - what it was about to do is in its thread's registers (marked by marking_roots.c), and what
 *     those lead to on its own stack, structs or closures, is no stack object that a map reaches;
 *   - a caller can stand at a call that has no map: a write barrier, an unsafe point, for which the
 *     table has the map of some earlier call, in which what was stored since is dead;
 *   - while the stack is moved, pointers in it that lead into itself lead to where it was before.
 * No pointer hides from that: a goroutine cannot get at what is neither in a register, nor in the
 * used part of its stack, nor in the heap that these lead to.
 */
#ifndef CTXTRACE_GOLANG_CAPTURE_STACK_ROOTS_H
#define CTXTRACE_GOLANG_CAPTURE_STACK_ROOTS_H

#include "golang/capture/goroutines.h"
#include "golang/heap/pointers.h"

enum stack_place {
    STACK_FRAME,   /* in a frame, live by its map */
    STACK_ANY,     /* where no map says what is live, so that every word counts */
    STACK_OBJECT,  /* in an object on the stack that something live leads to */
    STACK_REGISTER /* in a saved register, or it leads to the record of a deferred call */
};

struct stack_pointer {
    enum stack_place place;
    const struct go_frame *frame; /* in which it lies; NULL: in none */
    uint64_t at;                  /* its address; 0: it has none */
    uint64_t before;              /* the word in front of it */
    uint64_t pointer;             /* never 0 */
    bool is_inward;               /* it leads into the stack itself, and is followed there */
};

typedef void visit_stack_pointer(void *state, const struct stack_pointer *found);

/*
 * For a stack that was walked, from its goroutine's sp and pc. Its frames are visited in any case,
 * before everything else, the innermost first. false if part of the stack could not be read.
 */
bool visit_walked_stack(const struct go_program *program, const struct goroutine *goroutine,
                        const struct go_stack *stack, visit_stack_pointer *visit, void *state);

/* The same for one that was not walked. `stack` is room for its frames. */
bool visit_stack(const struct go_program *program, const struct goroutine *goroutine,
                 struct go_stack *stack, visit_stack_pointer *visit, void *state);

#endif
