/* Waiting for contexts, for the calls that wait for something else as well. */
#ifndef CTXTRACE_RUNTIME_WAIT_H
#define CTXTRACE_RUNTIME_WAIT_H

#include "runtime/waiter.h"

struct ctxt;

/* Links the waiter to a line of the library's own, unless that has ended: then false. */
bool wait_for_end(struct ctxt *line, struct waiter *waiter);
/* Takes it out again, if it is still in. */
void wait_forget(struct ctxt *line, struct waiter *waiter);

/* The time at which a wait of that length gives up; CTXT_NEVER stays CTXT_NEVER. */
int64_t wait_until(int64_t timeout_ns);

#endif
