/* Waiting for a context alone, in a call or by its descriptor. */
#include "runtime/wait.h"

#include "base/clock.h"
#include "runtime/context_record.h"
#include "runtime/done_fd.h"
#include "runtime/node.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>

void wait_forget(struct ctxt *line, struct waiter *waiter)
{
    ranked_lock_take(&line->lock, LOCK_OF_CONTEXT);
    waiter_unlink(waiter);
    ranked_lock_release(&line->lock, LOCK_OF_CONTEXT);
}

bool wait_for_end(struct ctxt *line, struct waiter *waiter)
{
    ranked_lock_take(&line->lock, LOCK_OF_CONTEXT);
    bool open = node_announce(line);
    if (open)
        waiter_link(&line->waiters, waiter);
    ranked_lock_release(&line->lock, LOCK_OF_CONTEXT);
    return open;
}

int64_t wait_until(int64_t timeout_ns)
{
    if (timeout_ns == CTXT_NEVER)
        return CTXT_NEVER;
    int64_t now = now_ns(), until;
    return __builtin_add_overflow(now, timeout_ns, &until) ? CTXT_NEVER : until;
}

/* A line of the library's own, or NULL: what never ends. */
static void wait_on_line(struct ctxt *line, int64_t until_ns)
{
    struct blocking blocking;
    struct runtime_thread *self = thread_self();
    blocking_begin(&blocking, &self->parker);
    struct waiter waiter = {.blocking = &blocking};
    self->waiters = line ? &waiter : NULL;
    if (!line || wait_for_end(line, &waiter)) {
        bool claimed = blocking_wait(&blocking, until_ns) >= 0;
        if (line && !claimed) /* whoever claims it has taken it out */
            wait_forget(line, &waiter);
    }
    self->waiters = NULL;
}

int ctxt_done_fd(ctxt_t *context)
{
    if (!node_check(context, __func__))
        return -1;
    struct ctxt *line = context->line;
    if (!line) {
        errno = 0;
        return -1;
    }
    return line->kind == CONTEXT_CUSTOM ? line->custom.ops->done_fd(line->custom.self)
                                        : done_fd_of(line);
}

/* True: its Done has come, though perhaps not its error. */
static bool poll_custom(struct ctxt *custom, int64_t until_ns)
{
    while (node_err(custom) == 0) {
        int64_t left = until_ns == CTXT_NEVER ? CTXT_NEVER : until_ns - now_ns();
        if (left <= 0)
            return false;
        struct timespec limit = timespec_of(left);
        struct pollfd done = {.fd = ctxt_done_fd(custom), .events = POLLIN};
        if (ppoll(&done, 1, left == CTXT_NEVER ? NULL : &limit, NULL) > 0)
            return true;
    }
    return true;
}

/* No cancellation point, as waiting for a context of the library's own is none. */
static bool wait_on_custom(struct ctxt *custom, int64_t until_ns)
{
    int cancellable;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancellable);
    bool done = poll_custom(custom, until_ns);
    pthread_setcancelstate(cancellable, NULL);
    return done;
}

int ctxt_wait(ctxt_t *context, int64_t timeout_ns)
{
    if (!node_check(context, __func__))
        return EINVAL;
    int error = node_err(context);
    if (error || timeout_ns <= 0)
        return error;
    int64_t until_ns = wait_until(timeout_ns);
    struct ctxt *line = context->line;
    struct record_wait wait = {
        .object = OBJECT_CONTEXT,
        .operation = WAIT_DONE,
        .object_id = context_record_id(context),
        .address = context,
        .until_ns = until_ns,
    };
    uint32_t token = record_wait_begin(&wait, 1);
    bool done = false;
    if (line && line->kind == CONTEXT_CUSTOM)
        done = wait_on_custom(context, until_ns);
    else
        wait_on_line(line, until_ns);
    record_wait_end(token);
    error = node_err(context);
    return done && !error ? ECANCELED : error;
}
