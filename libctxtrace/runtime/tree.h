/*
 * Linking contexts into the tree, and ending them.
 *
 * Ending holds the locks of the path from the ended context down to the one that is being ended
 * right now, as Go does: so when a cancel returns, everything below has ended, even if another
 * thread was ending a part of it at the same time. The walk is a loop that goes up by the nodes'
 * own links, so depth costs no stack.
 *
 * Only the end of the context where it began is recorded; the reader knows that those below ended
 * with it (segment/format.h). So recording costs a cancel the same however large the tree is.
 *
 * What must not happen under a lock (starting after-functions, dropping holds, calling custom
 * contexts) is chained up during the walk and done behind it: the aftermath.
 *
 * Why this is right, whatever other threads do meanwhile:
 *
 * A node ends once. Either in one atomic step out of ALONE, without its lock, or under its lock out
 * of OPEN. Whoever wants it to have a child or a waiter takes it from ALONE to OPEN first, with the
 * lock held, and of that step and the other one only one succeeds. So what ended in one step had
 * nothing below it and nobody to wake. (Its descriptor is another matter: done_fd.h.)
 *
 * Nothing below is left open. A child is linked under the lock of its line, and only while that is
 * OPEN. If it comes before the end, the walk finds it in the list; if it comes after, it is born
 * ended. A child that another thread is ending has its lock held by that thread until all below it
 * has ended; the walk waits for that lock, and then finds it ended. Nobody waits in vain either: a
 * waiter is linked under the same lock, and the one who ends the node wakes all that are linked.
 *
 * Nothing deadlocks. The walk takes locks downwards only (lock_order.h). A node that has ended by
 * itself takes itself out of its line's list after it has released its own lock.
 *
 * Nothing is freed too early or twice. A node holds its parent, so the way up exists as long as
 * there is anything below. The hold of a link goes to whoever takes the node out of the list, which
 * the lock of the line decides: the walk, which drops it in the aftermath, or the node's own end.
 * `next` belongs to the list while the node is linked, and then to whoever took it out.
 */
#ifndef CTXTRACE_RUNTIME_TREE_H
#define CTXTRACE_RUNTIME_TREE_H

#include "runtime/node.h"

/* The end of a context, as it is to be passed down and recorded. */
struct ending {
    uint32_t state; /* NODE_ENDING_CANCELED or NODE_ENDING_TIMED_OUT */
    struct cause *cause;
    uint8_t how;      /* enum context_end, of the context itself; its children end by parent */
    const void *site; /* return address of the public function, if it is at hand; see capture.h */
    bool born_ended;  /* it ends before the function that makes it returns */
};

/*
 * Links a new cancellable node to the line of its parent, one of the library's own. Ends it right
 * away if that has ended.
 */
void tree_link(struct ctxt *line, struct ctxt *node);

/* Ends the node and all below it. False if it had ended before: then nothing was changed. */
bool tree_end(struct ctxt *node, const struct ending *ending);

/* Does its parent's line, a timer or a custom context still know this open node? */
bool tree_is_known(struct ctxt *node);

/* Unlinks a node that is not to be told of the end any more: a stopped after-function. */
void tree_unlink(struct ctxt *node);

#endif
