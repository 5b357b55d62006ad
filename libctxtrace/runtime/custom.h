/*
 * Contexts of the program's own making, and children of those with a Done of their own.
 *
 * Such a child is not linked to a line; it hears of the end by a registration (registration.h).
 */
#ifndef CTXTRACE_RUNTIME_CUSTOM_H
#define CTXTRACE_RUNTIME_CUSTOM_H

#include "runtime/node.h"

/*
 * Registers a new node with a custom line, or ends it if that has ended. False: out of memory,
 * threads (ENOMEM) or descriptors (EMFILE, ENFILE).
 */
bool custom_register(struct ctxt *line, struct ctxt *node);

#endif
