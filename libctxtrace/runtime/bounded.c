#include "runtime/bounded.h"

#include <errno.h>

enum { THE_THING, THE_END };

int bounded_begin(struct bounded *wait, struct ctxt *context)
{
    if (!end_watch_begin(&wait->end, context))
        return errno;
    struct runtime_thread *self = thread_self();
    blocking_begin(&wait->blocking, &self->parker);
    wait->end_waiter = (struct waiter){.blocking = &wait->blocking, .index = THE_END};
    wait->waiter = (struct waiter){
        .blocking = &wait->blocking, .index = THE_THING, .next_of_thread = &wait->end_waiter};
    self->waiters = &wait->waiter;
    return 0;
}

static int sleep_recorded(struct bounded *wait, struct record_wait *what, int64_t until_ns)
{
    uint32_t token = 0;
    if (recording()) {
        what->until_ns = until_ns;
        what->bounded_by_id = end_watch_id(wait->end.context);
        token = record_wait_begin(what, 1);
    }
    int chosen = blocking_wait(&wait->blocking, until_ns);
    record_wait_end(token);
    return chosen;
}

int bounded_block(struct bounded *wait, struct record_wait *what, int64_t until_ns)
{
    /* If the context has ended already, that counts unless the thing was faster. */
    bool ended = !end_watch_link(&wait->end, &wait->end_waiter);
    int chosen =
        ended && waiter_claim(&wait->end_waiter) ? THE_END : sleep_recorded(wait, what, until_ns);
    if (chosen == THE_THING)
        return 0;
    return chosen == THE_END ? end_watch_error(&wait->end) : EAGAIN;
}

void bounded_finish(struct bounded *wait, struct lock *lock)
{
    if (lock) {
        leaf_lock_take(lock);
        waiter_unlink(&wait->waiter);
        leaf_lock_release(lock);
    }
    end_watch_finish(&wait->end, &wait->end_waiter);
    thread_self()->waiters = NULL;
}
