/*
 * Reachability: what can still wake a goroutine, and who can still cancel a context.
 *
 * The idea is that of Go's goroutine leak profile (GOLF): a goroutine that waits for something
 * which no runnable goroutine and no global can reach can never be woken. One monotone marking over
 * one capture of the stopped program:
 *
 *  1. Roots: global data, finalizers, every thread's registers and stacks, and the stacks of all
 *     goroutines but the candidates. Candidates are goroutines blocked on a channel, a select, a
 *     lock, a wait group or a condition, confirmed from both sides. A candidate becomes live, and
 *     its stack a root, when what it waits for is reached. Held back meanwhile: the children of
 *     contexts, and the goroutines that context itself starts to watch a parent.
 *  2. The children are released. What is first reached now is known by its parent only; a
 *     goroutine that is first live now can be woken by nothing but the cancellation of a parent.
 *  3. What is not live now is leaked. What leaked goroutines hold is marked last, to tell apart
 *     the contexts that nothing holds at all: they are garbage.
 *
 * Some goroutines stay for ever by design, and what their frames hold is as good as global: a main
 * that has set everything up, with its deferred cancels, or a library's loop that parks its
 * goroutine. So a goroutine that waits for nothing at all (an empty select, nil channels), and the
 * one that runs main, whatever it waits for, are roots for every claim about others. About
 * themselves the claim is made without that: nothing will wake them. The rules have to know that
 * this may be intended.
 *
 * A candidate's g and sudogs are not followed until it is live, so the runtime's own lists of them
 * need no special treatment.
 */
#ifndef CTXTRACE_GOLANG_PROOF_MARKING_H
#define CTXTRACE_GOLANG_PROOF_MARKING_H

#include "golang/model/model.h"
#include "golang/proof/trail.h"

#define MAIN_GOROUTINE 1 /* its id, in every program */

enum reached { REACHED_NEVER, REACHED_FIRST, REACHED_BY_PARENT, REACHED_BY_LEAKED };

struct verdicts {
    uint8_t *goroutines; /* enum reached, by index of the model's goroutines */
    bool *candidates;
    uint64_t *woken_by; /* of each: signal of the wait by which it became live; 0: none */
    uint8_t *contexts;  /* enum reached, by index of the model's contexts */
    bool *can_cancel;   /* a cancel function for it is in somebody's hands */
    bool *linked;       /* it ends when something above does, see links.h */
    bool complete;      /* every root could be read */
};

/*
 * If anything would be claimed, searches for what the program hides from its collector (see
 * hidden.h). If there is something, `if_hidden` is filled in, too: with the verdicts if that were
 * visible. false when memory ran out. Free both in any case; they start zeroed.
 */
bool marking_run(const struct go_program *program, const struct context_types *types,
                 const struct model *model, struct verdicts *verdicts, struct verdicts *if_hidden);
void verdicts_free(struct verdicts *verdicts);

/*
 * Where each object was first reached from, for the chain that keeps something alive. false when
 * memory ran out. Free the trail in any case.
 */
bool marking_trail(const struct go_program *program, const struct context_types *types,
                   const struct model *model, struct trail *trail);

#endif
