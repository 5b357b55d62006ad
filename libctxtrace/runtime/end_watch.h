/*
 * Being woken by the end of a context of any kind, for calls that wait for something else as well.
 *
 * A context of the library's own has a list of waiters (at its line, see node.h). A custom one with
 * a Done of its own has none; for the time of the wait a private child stands in for it, which ends
 * with it and has one. A context that can never end needs nothing.
 */
#ifndef CTXTRACE_RUNTIME_END_WATCH_H
#define CTXTRACE_RUNTIME_END_WATCH_H

#include "runtime/waiter.h"

#include <ctxtrace/context.h>

struct end_watch {
    struct ctxt *context;
    struct ctxt *line;     /* in whose list the waiter belongs; NULL: never ends */
    struct ctxt *stand_in; /* ours, or NULL */
};

/*
 * Prepares; `context` may be NULL, which never ends. False with errno (ENOMEM, EMFILE, ENFILE;
 * never EAGAIN, which callers take for the time) if no stand-in could be made. No lock may be held:
 * a custom context's own functions are called.
 */
bool end_watch_begin(struct end_watch *watch, struct ctxt *context);

/* Links the waiter, unless the context has ended: then false. */
bool end_watch_link(struct end_watch *watch, struct waiter *waiter);

/* Takes the waiter out, if it is in, and gives the stand-in back. No lock may be held. */
void end_watch_finish(struct end_watch *watch, struct waiter *waiter);

/* The error of a context that is known to have ended. Never 0. */
int end_watch_error(const struct end_watch *watch);

/*
 * What a wait that ends with this context is recorded as bounded by: its id, ID_UNRECORDED if
 * it has none (recording began later, or it was made by the parent of a fork); 0 if it never ends.
 */
uint64_t end_watch_id(struct ctxt *context);

#endif
