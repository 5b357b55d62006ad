/*
 * A call that is about to block, from its beginning to its end. errno and the state of cancellation
 * are kept.
 */
#ifndef CTXTRACE_PRELOAD_BLOCKING_H
#define CTXTRACE_PRELOAD_BLOCKING_H

#include "preload/preload.h"

#include <time.h>

struct blocked_on {
    enum ctxt_wait_object object;
    enum ctxt_wait_operation operation;
    const void *address;          /* of what has one */
    const void *released;         /* a mutex that is given up while the wait lasts, or NULL */
    ctxt_task_id_t joined;        /* CTXT_WAIT_TASK */
    clockid_t clock;              /* of `until` */
    const struct timespec *until; /* NULL: no limit */
};

/* Lives in the frame of the caller that blocks: by its place one sees when that has been left. */
struct blocking {
    uint32_t token;
    bool is_open;  /* known to open_waits.h */
    bool got_lock; /* to be set when it has waited for one and was given it */
};

/* `site`: see ctxt_wait_begin(). */
void blocking_begin_at(struct blocking *blocking, const struct blocked_on *what, const void *site);
/* The same with the place that the wrapper was called from, as far as its parts are inlined. */
static inline __attribute__((always_inline)) void blocking_begin(struct blocking *blocking,
                                                                 const struct blocked_on *what)
{
    blocking_begin_at(blocking, what, __builtin_return_address(0));
}
/* `blocking` is a struct blocking: for pthread_cleanup_push. */
void blocking_end(void *blocking);

#endif
