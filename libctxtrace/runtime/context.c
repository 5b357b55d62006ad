/* The public functions that make contexts to cancel, cancel them, and count who has them. */
#include "runtime/cause.h"
#include "runtime/context_record.h"
#include "runtime/link.h"
#include "runtime/misuse.h"
#include "runtime/node.h"
#include "runtime/tree.h"

#include <errno.h>

ctxt_t *ctxt_background(void)
{
    return &node_background;
}

ctxt_t *ctxt_todo(void)
{
    return &node_todo;
}

/* ---- making ---- */

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
    return link_to_parent(node);
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
