/* The public functions on contexts that make, end and ask. */
#include "runtime/context.h"

#include "base/clock.h"
#include "runtime/custom.h"
#include "runtime/misuse.h"
#include "runtime/node.h"
#include "runtime/timers.h"
#include "runtime/tree.h"

#include <errno.h>

int64_t ctxt_now(void)
{
    return now_ns();
}

ctxt_t *ctxt_background(void)
{
    return &node_background;
}

ctxt_t *ctxt_todo(void)
{
    return &node_todo;
}

/* ---- making ---- */

static void record_root(struct ctxt *root)
{
    if (record_slot_is_current(&root->record))
        return;
    record_root_created(&root->record, root->kind, root);
}

uint64_t context_record_id(struct ctxt *context)
{
    if (recording() && node_is_root(context))
        record_root(context);
    return record_slot_id(&context->record);
}

uint64_t context_record_reference(struct ctxt *context)
{
    uint64_t id = context_record_id(context);
    return id ? id : ID_UNRECORDED;
}

uint64_t context_record_surrounding(struct ctxt *context)
{
    return node_is_root(context) ? record_slot_id(&context->record)
                                 : context_record_reference(context);
}

static void record_created(struct ctxt *node, int64_t requested_deadline_ns, int64_t made_ns,
                           const char *detail, const void *site)
{
    struct ctxt *parent = node->parent;
    struct record_context created = {
        .made_ns = made_ns,
        .kind = node->kind,
        .own_done = node->kind == CONTEXT_CUSTOM && node->line == node,
        .parent_id = context_record_reference(parent),
        .deadline_ns = node->deadline_ns,
        .requested_ns = requested_deadline_ns,
        .detail = detail,
        .site = site,
        .address = node,
    };
    record_context_created(&node->record, &created);
}

void context_record_created(struct ctxt *node, int64_t requested_deadline_ns, const char *detail,
                            const void *site)
{
    record_created(node, requested_deadline_ns, 0, detail, site);
}

struct ctxt *context_abandon(struct ctxt *node)
{
    int saved = errno;
    atomic_store_explicit(&node->references, 0, memory_order_relaxed);
    node_drop(node);
    errno = saved;
    return NULL;
}

ctxt_t *ctxt_with_cancel(ctxt_t *parent)
{
    if (!node_check_parent(parent, __func__))
        return NULL;
    struct ctxt *node = node_new(CONTEXT_CANCEL, parent);
    if (!node)
        return NULL;
    node->line = node;
    if (recording())
        context_record_created(node, node->deadline_ns, NULL, __builtin_return_address(0));
    return tree_link(node) ? node : context_abandon(node);
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
        record_created(node, deadline_ns, now_ns, NULL, NULL);
    /* First the parent, then the deadline: a parent that has ended wins over one that is past. */
    if (!tree_link(node))
        return context_abandon(node);
    if (node->kind == CONTEXT_DEADLINE && !timers_add(node, now_ns)) {
        ctxt_cancel(node);
        return context_abandon(node);
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
    return with_deadline(parent, deadline_ns, ctxt_now(), NULL);
}

/* A recording that is wanted takes its time to begin: before a timeout is reckoned from now. */
static int64_t now_when_recorded(void)
{
    (void)recording();
    return ctxt_now();
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
    ctxt_t *made = with_deadline_cause(parent, deadline_ns, ctxt_now(), code, format, arguments);
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

ctxt_t *ctxt_without_cancel(ctxt_t *parent)
{
    if (!node_check_parent(parent, __func__))
        return NULL;
    struct ctxt *node = node_new(CONTEXT_WITHOUT_CANCEL, parent);
    if (!node)
        return NULL;
    node->line = NULL;
    node->deadline_ns = CTXT_NEVER;
    if (recording())
        context_record_created(node, CTXT_NEVER, NULL, NULL);
    return node;
}

/* ---- ending ---- */

static void cancel(struct ctxt *node, struct cause *cause, const void *site)
{
    struct ending ending = {NODE_ENDING_CANCELED, cause, ENDED_BY_OWN_CANCEL, site, false};
    if (tree_end(node, &ending) || !recording())
        return;
    struct record_moment moment = {0};
    record_moment_now(&moment, site);
    ranked_lock_take(&node->lock, LOCK_OF_CONTEXT); /* the slot has one writer at a time */
    record_context_cancel_too_late(&node->record, &moment, cause->public_cause.code,
                                   cause->is_static ? NULL : cause->text);
    ranked_lock_release(&node->lock, LOCK_OF_CONTEXT);
}

static bool check_cancellable(const struct ctxt *node, const char *function)
{
    if (!node_check(node, function))
        return false;
    if (node->kind == CONTEXT_CANCEL || node->kind == CONTEXT_DEADLINE)
        return true;
    misuse(function, node,
           "a context of this kind cannot be cancelled; cancel the one it is made of");
    return false;
}

void ctxt_cancel(ctxt_t *context)
{
    if (check_cancellable(context, __func__))
        cancel(context, &cause_canceled, __builtin_return_address(0));
}

void ctxt_cancel_cause(ctxt_t *context, int code, const char *format, ...)
{
    if (!check_cancellable(context, __func__))
        return;
    va_list arguments;
    va_start(arguments, format);
    struct cause *cause = code == 0 && !format ? NULL : cause_new(code, format, arguments);
    va_end(arguments);
    /* Out of memory must not keep a context from ending: then it ends without its cause. */
    cancel(context, cause ? cause : &cause_canceled, __builtin_return_address(0));
    cause_unref(cause);
}

/* ---- asking ---- */

int ctxt_err(const ctxt_t *context)
{
    return node_check(context, __func__) ? node_err(context) : EINVAL;
}

/* NULL: one of the library's own does. */
static const struct ctxt *custom_that_tells_the_error(const struct ctxt *context)
{
    if (context->kind == CONTEXT_CUSTOM && context->custom.ops->err)
        return context;
    return context->line && context->line->kind == CONTEXT_CUSTOM ? context->line : NULL;
}

const ctxt_cause_t *ctxt_cause(const ctxt_t *context)
{
    if (!node_check(context, __func__))
        return NULL;
    /* As Go does: the innermost context of the library's own knows, custom ones only their error.
     */
    const struct ctxt *line = context->line;
    while (line && line->kind == CONTEXT_CUSTOM)
        line = line->parent->line;
    if (line && node_err(line) != 0)
        return &node_cause(line)->public_cause;
    const struct ctxt *custom = custom_that_tells_the_error(context);
    int error = custom ? node_err(context) : 0;
    if (error == 0)
        return NULL;
    if (line && node_err(line) != 0) /* it has ended since, and the custom one with it */
        return &node_cause(line)->public_cause;
    return custom_cause(custom, error);
}

bool ctxt_deadline(const ctxt_t *context, int64_t *deadline_ns)
{
    if (!node_check(context, __func__) || context->deadline_ns == CTXT_NEVER)
        return false;
    if (deadline_ns)
        *deadline_ns = context->deadline_ns;
    return true;
}

int64_t ctxt_remaining(const ctxt_t *context)
{
    if (ctxt_err(context) != 0)
        return 0;
    int64_t deadline_ns;
    if (!ctxt_deadline(context, &deadline_ns))
        return CTXT_NEVER;
    int64_t now = ctxt_now();
    return deadline_ns > now ? deadline_ns - now : 0;
}

/* ---- references ---- */

static void take(struct ctxt *node, uint64_t kind)
{
    if (node_is_root(node))
        return;
    uint64_t before = atomic_fetch_add_explicit(&node->references, kind, memory_order_relaxed);
    if (before == 0)
        node_hold(node); /* only a hold of another kind kept it: a parent observed from a child */
    if (recording())
        record_context_references(&node->record, kind == OWNER ? 1 : 0, kind == OWNER ? 0 : 1);
}

/* A lost cancel that nothing links would vanish; see node.h. */
static bool keep_lost(struct ctxt *node)
{
    bool cancellable = node->kind == CONTEXT_CANCEL || node->kind == CONTEXT_DEADLINE;
    return cancellable && !node_ended(node) && !tree_is_known(node);
}

static void give_back(struct ctxt *node, uint64_t kind, const char *function)
{
    if (node_is_root(node))
        return;
    uint64_t before = atomic_load_explicit(&node->references, memory_order_acquire);
    uint64_t have = kind == OWNER ? before & UINT32_MAX : before >> 32;
    if (have == 0) {
        misuse(function, node, "the context at %p has no %s left to give back", (void *)node,
               kind == OWNER ? "owner" : "observer");
        return;
    }
    bool alone = before == kind && atomic_load_explicit(&node->holds, memory_order_acquire) == 1;
    if (!alone) {
        /* Recorded first: afterwards the node, and its slot, may be somebody else's already. */
        if (recording())
            record_context_references(&node->record, kind == OWNER ? -1 : 0,
                                      kind == OWNER ? 0 : -1);
        before = atomic_fetch_sub_explicit(&node->references, kind, memory_order_acq_rel);
        if (before != kind)
            return;
    }
    if (misuse_debug())
        misuse_remember_release(node);
    if (!keep_lost(node)) {
        node_drop(node);
        return;
    }
    if (alone) {
        atomic_store_explicit(&node->references, 0, memory_order_relaxed);
        if (recording())
            record_context_references(&node->record, kind == OWNER ? -1 : 0,
                                      kind == OWNER ? 0 : -1);
    }
}

ctxt_t *ctxt_ref(ctxt_t *context)
{
    if (!node_check(context, __func__))
        return NULL;
    take(context, OWNER);
    return context;
}

void ctxt_unref(ctxt_t *context)
{
    if (context && node_check(context, __func__))
        give_back(context, OWNER, __func__);
}

ctxt_t *ctxt_observe(ctxt_t *context)
{
    if (!node_check(context, __func__))
        return NULL;
    take(context, OBSERVER);
    return context;
}

void ctxt_unobserve(ctxt_t *context)
{
    if (context && node_check(context, __func__))
        give_back(context, OBSERVER, __func__);
}

void ctxt_end_scope(ctxt_t **context)
{
    if (!*context)
        return;
    if (node_is_cancellable(*context))
        ctxt_cancel(*context);
    ctxt_unref(*context);
}
