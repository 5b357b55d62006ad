#include "runtime/deadline.h"

#include "base/clock.h"
#include "base/invariant.h"
#include "runtime/cause.h"
#include "runtime/context_record.h"
#include "runtime/link.h"
#include "runtime/own_threads.h"
#include "runtime/timers.h"

#include <errno.h>

static struct lock thread_lock;
static _Atomic bool thread_runs; /* changed under the lock */

/* ---- ending them ---- */

static void expire(struct ctxt *node, bool born_ended)
{
    struct cause *cause = node->deadline.timeout_cause;
    struct ending ending = {NODE_ENDING_TIMED_OUT, cause ? cause : &cause_timed_out,
                            ENDED_BY_DEADLINE, NULL, born_ended};
    tree_end(node, &ending);
}

static void *run(void *unused)
{
    for (;;) {
        struct ctxt *node = timers_wait();
        expire(node, false); /* if another ends it just now, this waits until it is out */
        node_drop(node);
    }
    return unused;
}

static bool start_thread(void)
{
    if (atomic_load_explicit(&thread_runs, memory_order_relaxed))
        return true;
    leaf_lock_take(&thread_lock);
    bool runs = atomic_load(&thread_runs) || own_thread_start("ctxt-timers", run, NULL) == 0;
    atomic_store(&thread_runs, runs);
    leaf_lock_release(&thread_lock);
    if (!runs)
        errno = ENOMEM;
    return runs;
}

void deadline_fork_child(void)
{
    atomic_store(&thread_runs, false);
    timers_fork_child();
}

void deadline_fork_resume(void)
{
    if (timers_fork_pending())
        start_thread();
}

/* ---- making them ---- */

/* `now_ns` is a recent reading of the clock. False: there is no memory or no thread. */
static bool arm(struct ctxt *node, int64_t now_ns)
{
    if (node->deadline_ns == CTXT_NEVER || node_ended(node))
        return true;
    if (node->deadline_ns <= now_ns) {
        expire(node, true);
        return true;
    }
    return start_thread() && timers_add(node);
}

/* `now_ns`: a reading of the clock, which costs as much as the rest. */
static ctxt_t *with_deadline(ctxt_t *parent, int64_t deadline_ns, int64_t now_ns,
                             struct cause *cause)
{
    bool parents_is_earlier = parent->deadline_ns < deadline_ns;
    struct ctxt *node = node_new(parents_is_earlier ? CONTEXT_CANCEL : CONTEXT_DEADLINE, parent);
    if (!node || parents_is_earlier)
        cause_unref(cause);
    if (!node)
        return NULL;
    node->line = node;
    if (!parents_is_earlier) {
        node->deadline_ns = deadline_ns;
        node->deadline.timeout_cause = cause;
    }
    if (recording())
        context_record_deadline(node, deadline_ns, now_ns);
    /* First the parent, then the deadline: a parent that has ended wins over one that is past. */
    if (!link_to_parent(node))
        return NULL;
    if (node->kind == CONTEXT_DEADLINE && !arm(node, now_ns)) {
        ctxt_cancel(node);
        return link_abandon(node);
    }
    return node;
}

static int64_t later(int64_t now, int64_t duration_ns)
{
    int64_t sum;
    if (__builtin_add_overflow(now, duration_ns, &sum))
        return duration_ns > 0 ? CTXT_NEVER : 0;
    return sum;
}

ctxt_t *ctxt_with_deadline(ctxt_t *parent, int64_t deadline_ns)
{
    if (!node_check_parent(parent, __func__))
        return NULL;
    return with_deadline(parent, deadline_ns, now_ns(), NULL);
}

/* A recording that is wanted takes its time to begin: before a timeout is reckoned from now. */
static int64_t now_when_recorded(void)
{
    (void)recording();
    return now_ns();
}

ctxt_t *ctxt_with_timeout(ctxt_t *parent, int64_t timeout_ns)
{
    if (!node_check_parent(parent, __func__))
        return NULL;
    int64_t now_ns = now_when_recorded();
    return with_deadline(parent, later(now_ns, timeout_ns), now_ns, NULL);
}

__attribute__((format(printf, 5, 0))) static ctxt_t *
with_deadline_cause(ctxt_t *parent, int64_t deadline_ns, int64_t now_ns, int code,
                    const char *format, va_list arguments)
{
    bool is_told = code != 0 || format;
    struct cause *cause = is_told ? cause_new(code, format, arguments) : NULL;
    if (is_told && !cause) {
        errno = ENOMEM;
        return NULL;
    }
    return with_deadline(parent, deadline_ns, now_ns, cause);
}

ctxt_t *ctxt_with_deadline_cause(ctxt_t *parent, int64_t deadline_ns, int code, const char *format,
                                 ...)
{
    if (!node_check_parent(parent, __func__))
        return NULL;
    va_list arguments;
    va_start(arguments, format);
    ctxt_t *made = with_deadline_cause(parent, deadline_ns, now_ns(), code, format, arguments);
    va_end(arguments);
    return made;
}

ctxt_t *ctxt_with_timeout_cause(ctxt_t *parent, int64_t timeout_ns, int code, const char *format,
                                ...)
{
    if (!node_check_parent(parent, __func__))
        return NULL;
    va_list arguments;
    va_start(arguments, format);
    int64_t now_ns = now_when_recorded();
    ctxt_t *made =
        with_deadline_cause(parent, later(now_ns, timeout_ns), now_ns, code, format, arguments);
    va_end(arguments);
    return made;
}
