/*
 * The condition variable.
 *
 * A waiter is linked while its task still holds the mutex, so a signal that comes after the mutex
 * was released finds it. Signalling claims the first waiter that can be claimed: one that a context
 * has ended, or time, is skipped, and the signal goes to the next. A waiter that was claimed by a
 * signal returns 0 whatever else has happened. The caller's mutex is only touched by the caller's
 * own task.
 */
#include "runtime/bounded.h"
#include "runtime/misuse.h"
#include "runtime/node.h"
#include "runtime/wait.h"

#include <ctxtrace/blocking.h>

#include <errno.h>

/* What the public ctxt_cond_t is. */
struct condition {
    struct lock lock;
    uint32_t reserved;
    struct waiter_list waiters;
} __attribute__((may_alias));

_Static_assert(sizeof(struct condition) == sizeof(ctxt_cond_t) &&
                   offsetof(struct condition, waiters) == offsetof(ctxt_cond_t, first),
               "the public condition is not what it is");

static struct condition *condition_of(ctxt_cond_t *condition, const char *function)
{
    if (!condition)
        misuse(function, NULL, "the condition is NULL");
    return (struct condition *)condition;
}

/* The mutex is held, and held again afterwards. */
static int wait_released(struct bounded *wait, struct condition *condition, pthread_mutex_t *mutex,
                         int64_t until_ns)
{
    int error = pthread_mutex_unlock(mutex);
    if (error)
        return error;
    struct record_wait what = {
        .object = OBJECT_CONDITION, .operation = WAIT_CONDITION, .address = condition};
    int result = bounded_block(wait, &what, until_ns);
    error = pthread_mutex_lock(mutex);
    return error ? error : result;
}

static int wait_until_signalled(struct ctxt *context, struct condition *condition,
                                pthread_mutex_t *mutex, int64_t until_ns)
{
    struct bounded wait;
    int error = bounded_begin(&wait, context);
    if (error)
        return error;
    leaf_lock_take(&condition->lock);
    waiter_link(&condition->waiters, &wait.waiter);
    leaf_lock_release(&condition->lock);
    int result = wait_released(&wait, condition, mutex, until_ns);
    bounded_finish(&wait, &condition->lock);
    return result;
}

static int cond_wait(ctxt_t *context, ctxt_cond_t *public, pthread_mutex_t *mutex,
                     int64_t timeout_ns, const char *function)
{
    struct condition *condition = condition_of(public, function);
    if (!condition || !node_check(context, function))
        return EINVAL;
    if (!mutex) {
        misuse(function, condition, "the mutex is NULL");
        return EINVAL;
    }
    int error = node_err(context);
    if (error)
        return error;
    return wait_until_signalled(context, condition, mutex,
                                wait_until(timeout_ns > 0 ? timeout_ns : 0));
}

int ctxt_cond_wait(ctxt_t *context, ctxt_cond_t *condition, pthread_mutex_t *mutex)
{
    return cond_wait(context, condition, mutex, CTXT_NEVER, __func__);
}

int ctxt_cond_timedwait(ctxt_t *context, ctxt_cond_t *condition, pthread_mutex_t *mutex,
                        int64_t timeout_ns)
{
    return cond_wait(context, condition, mutex, timeout_ns, __func__);
}

void ctxt_cond_signal(ctxt_cond_t *public)
{
    struct condition *condition = condition_of(public, __func__);
    if (!condition)
        return;
    leaf_lock_take(&condition->lock);
    struct waiter *waiter;
    while ((waiter = condition->waiters.first)) {
        waiter_unlink(waiter);
        if (waiter_claim(waiter)) {
            waiter_release(waiter, 0);
            break;
        }
    }
    leaf_lock_release(&condition->lock);
}

void ctxt_cond_broadcast(ctxt_cond_t *public)
{
    struct condition *condition = condition_of(public, __func__);
    if (!condition)
        return;
    leaf_lock_take(&condition->lock);
    waiter_wake_all(&condition->waiters, 0);
    leaf_lock_release(&condition->lock);
}
