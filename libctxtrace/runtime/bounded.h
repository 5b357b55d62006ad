/*
 * Blocking on one thing until a context ends or time runs out.
 *
 *     struct bounded wait;
 *     bounded_begin(&wait, context)            prepares; may fail
 *     lock; not ready? waiter_link(list, &wait.waiter); unlock
 *     bounded_block(&wait, &what, until_ns)    sleeps
 *     bounded_finish(&wait, lock)              takes everything out again
 *
 * Whoever makes the thing ready claims and releases `wait.waiter`. Claims exclude each other (see
 * waiter.h): if bounded_block() returns an error, the thing has not chosen this waiter and never
 * will; if it returns 0, the thing has, whatever else has happened since.
 */
#ifndef CTXTRACE_RUNTIME_BOUNDED_H
#define CTXTRACE_RUNTIME_BOUNDED_H

#include "record/record.h"
#include "runtime/end_watch.h"
#include "runtime/ranked_lock.h"

struct bounded {
    struct blocking blocking;
    struct waiter waiter; /* for the thing */
    struct waiter end_waiter;
    struct end_watch end;
};

/* `context` may be NULL: no bound. 0, or an error number. No lock may be held. */
int bounded_begin(struct bounded *wait, struct ctxt *context);

/*
 * 0: claimed, and wait->waiter.status says how; EAGAIN: the time has come; or the error of the
 * context. `what` is recorded, with the time and the bound filled in. No lock may be held.
 */
int bounded_block(struct bounded *wait, struct record_wait *what, int64_t until_ns);

/* `lock` guards the list that the waiter may be in; NULL if it was never linked. */
void bounded_finish(struct bounded *wait, struct lock *lock);

#endif
