/*
 * Reachability: what can still wake a goroutine, and who can still cancel a context.
 *
 * The idea is that of Go's goroutine leak profile: what no goroutine that can run, and no global,
 * can reach can never be woken. One monotone marking over one capture of the stopped program:
 *
 *  1. Roots: global data, finalizers, every thread's registers and stacks, and the stacks of all
 *     goroutines but the candidates. Candidates are goroutines blocked on a channel, a select, a
 *     lock, a wait group or a condition, confirmed from both sides. A candidate becomes live, and
 *     its stack a root, when what it waits for is reached. Held back meanwhile: the children of
 *     contexts, and the goroutines that context itself starts to watch a parent.
 *  2. The children are released. What is first reached now is known by its parent only; a goroutine
 *     that is first live now can be woken by nothing but the cancellation of a parent.
 *  3. What is not live now is leaked. What leaked goroutines hold is marked last, so that contexts
 *     which nothing at all holds can be told: they are garbage.
 *
 * Some goroutines stay for ever by design, and what their frames hold is as good as in a global: a
 * main that has set everything up, with its deferred cancels, or the loop of a library that parks
 * its goroutine. So one that waits for nothing at all (an empty select, nil channels) and the one
 * that runs main, whatever it waits for, are roots for all that is said of others. What is said of
 * such a one itself is what is true of it without that: that nothing will wake it. It is for the
 * rules to know that this may be meant.
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
    uint8_t *contexts; /* enum reached, by index of the model's contexts */
    bool *can_cancel;  /* a cancel function for it is in somebody's hands */
    bool *linked;      /* it ends when something above does, see links.h */
    bool complete;     /* every root could be read */
};

/*
 * Where something would be claimed, it is looked for what the program hides from its collector (see
 * hidden.h). If there is anything, `if_hidden` is filled in, too: with what would be said if that
 * were in view. false when memory ran out. Free both in any case; they start zeroed.
 */
bool marking_run(const struct go_program *program, const struct context_types *types,
                 const struct model *model, struct verdicts *verdicts, struct verdicts *if_hidden);
void verdicts_free(struct verdicts *verdicts);

/*
 * From where each object was first reached; for the chain that keeps something alive. false when
 * memory ran out. Free the trail in any case.
 */
bool marking_trail(const struct go_program *program, const struct context_types *types,
                   const struct model *model, struct trail *trail);

#endif
