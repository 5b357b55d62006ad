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
