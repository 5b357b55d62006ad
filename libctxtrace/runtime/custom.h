/*
 * Contexts of the program's own making, and children of those with a Done of their own.
 *
 * Such a child is not linked; it has a registration instead: with the custom context's own
 * after_func, or with the watcher (watcher.h), which polls its descriptor. A registration has two
 * references, one of the child and one of the callback that is to come; whichever of unregistering
 * and firing comes second frees it. It holds the child.
 */
#ifndef CTXTRACE_RUNTIME_CUSTOM_H
#define CTXTRACE_RUNTIME_CUSTOM_H

#include "runtime/node.h"

/*
 * Registers a new node with a custom line, or ends it if that has ended. False: out of memory,
 * threads (ENOMEM) or descriptors (EMFILE, ENFILE).
 */
bool custom_register(struct ctxt *line, struct ctxt *node);

/*
 * The error that a custom context has ended with, as a cause: its number and the text that the C
 * library has for it. Valid as long as the context.
 */
const ctxt_cause_t *custom_cause(const struct ctxt *custom, int error);

/* Withdraws it. The node has a registration; no lock is held. */
void custom_unregister(struct ctxt *node);

#endif
