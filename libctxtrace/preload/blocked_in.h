/*
 * The wait that a thread is in, as other threads see it: said by the thread itself, without a lock
 * and without a system call.
 */
#ifndef CTXTRACE_PRELOAD_BLOCKED_IN_H
#define CTXTRACE_PRELOAD_BLOCKED_IN_H

#include "preload/preload.h"

#include <stdatomic.h>

/* All zero: in none. */
struct blocked_in {
    _Atomic uint64_t changes; /* odd: one is under way */
    _Atomic uint64_t place, sequence;
    const void *_Atomic released;
    bool is_changing; /* for the thread's own signal handlers */
};

/* A wait, and the mutex that is given up while it lasts, or NULL. */
struct blocked {
    ctxt_wait_mark_t wait; /* all zero: none */
    const void *released;
};

/*
 * By the thread itself: it is in this wait now, or in none. Nothing in a signal handler that
 * interrupts another such call.
 */
void blocked_in_set(struct blocked_in *in, const struct blocked *now);
/*
 * The same, in one order with the looks of others and with whatever else is sequentially
 * consistent: a look that comes after it sees the wait, and one that came before is seen by what
 * the thread reads from now on.
 */
void blocked_in_announce(struct blocked_in *in, const struct blocked *now);

/*
 * By anybody, while the thread cannot end. False: it is in no wait, or is beginning or ending one.
 * `changes` is for the following: is the thread in that same wait still, and has been all the while
 * since the look? What was read between the two was so while it was in it.
 */
bool blocked_in_look(struct blocked_in *in, struct blocked *seen, uint64_t *changes);
bool blocked_in_is_same(struct blocked_in *in, uint64_t changes);

#endif
