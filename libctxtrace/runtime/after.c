/* After-functions: a node of their own kind below the context, which starts a function when it
 * ends. */
#include "runtime/context_record.h"
#include "runtime/executor.h"
#include "runtime/link.h"
#include "runtime/misuse.h"
#include "runtime/tree.h"

/* The public handle is the node. */
static struct ctxt *node_of(ctxt_after_t *after)
{
    return (struct ctxt *)after;
}

ctxt_after_t *ctxt_after_func(ctxt_t *context, void (*function)(void *), void *argument)
{
    if (!node_check_parent(context, __func__))
        return NULL;
    if (!function) {
        misuse(__func__, context, "the function is NULL");
        return NULL;
    }
    if (!executor_prepare())
        return NULL;
    struct ctxt *node = node_new(CONTEXT_AFTER_FUNC, context);
    if (!node)
        return NULL;
    node->line = node;
    node->after = (struct node_after){function, argument};
    if (recording())
        context_record_created(node, node->deadline_ns, NULL, NULL);
    return (ctxt_after_t *)link_to_parent(node);
}

bool ctxt_after_stop(ctxt_after_t *after)
{
    struct ctxt *node = node_of(after);
    if (!node_check(node, __func__))
        return false;
    ranked_lock_take(&node->lock, LOCK_OF_CONTEXT);
    bool stops = !node->stopped && !node_ended(node);
    if (stops) {
        /* Read without the lock once the node has ended, so never changed then. */
        node->stopped = true;
        if (recording())
            record_context_stopped(&node->record);
    }
    ranked_lock_release(&node->lock, LOCK_OF_CONTEXT);
    if (!stops)
        return false;
    tree_unlink(node);
    return true;
}

void ctxt_after_release(ctxt_after_t *after)
{
    ctxt_unref((ctxt_t *)after);
}
