#include "runtime/custom.h"

#include "runtime/cause.h"
#include "runtime/context_record.h"
#include "runtime/misuse.h"
#include "runtime/registration.h"
#include "runtime/tree.h"

#include <errno.h>

ctxt_t *ctxt_custom(const ctxt_ops_t *ops, void *self, ctxt_t *inner)
{
    if (!inner)
        inner = &node_background;
    if (!node_check_parent(inner, __func__))
        return NULL;
    if (!ops) {
        misuse(__func__, inner, "the operations are NULL");
        return NULL;
    }
    struct ctxt *node = node_new(CONTEXT_CUSTOM, inner);
    if (!node)
        return NULL;
    node->custom = (struct node_custom){.ops = ops, .self = self};
    node->values = node;
    if (ops->done_fd) {
        node->line = node;
        invariant(atomic_load(&node->state) == NODE_ALONE);
        atomic_store_explicit(&node->state, NODE_ASK, memory_order_relaxed);
    }
    int64_t deadline_ns = CTXT_NEVER;
    if (ops->deadline)
        node->deadline_ns = ops->deadline(self, &deadline_ns) ? deadline_ns : CTXT_NEVER;
    if (recording())
        context_record_created(node, node->deadline_ns, ops->name, NULL);
    return node;
}

void *ctxt_custom_self(const ctxt_t *context, const ctxt_ops_t *ops)
{
    if (!node_check(context, __func__) || context->kind != CONTEXT_CUSTOM ||
        context->custom.ops != ops)
        return NULL;
    return context->custom.self;
}

/* ---- children ---- */

/*
 * What those below a custom context end with: its cause and its error, which may be of different
 * ends (the cause of the inner context, say). Without memory, what goes without saying.
 */
static struct cause *cause_for_children(struct ctxt *custom, int error)
{
    struct cause *usual = error == ETIMEDOUT ? &cause_timed_out : &cause_canceled;
    int own_error = error == ECANCELED || error == ETIMEDOUT ? 0 : error;
    struct cause *cause = (struct cause *)(uintptr_t)ctxt_cause(custom);
    if (!cause || (cause == usual && !own_error))
        return usual;
    if (!cause->is_static && cause->error == own_error)
        return cause_ref(cause);
    struct cause *copy = cause_with_text(cause->public_cause.code, cause->public_cause.text);
    if (!copy)
        return usual;
    copy->error = own_error;
    return copy;
}

/* Ends the node as its custom parent has ended. */
static void end_with(struct ctxt *custom, struct ctxt *node, int error, bool born_ended)
{
    struct cause *cause = cause_for_children(custom, error);
    struct ending ending = {error == ETIMEDOUT ? NODE_ENDING_TIMED_OUT : NODE_ENDING_CANCELED,
                            cause, ENDED_BY_PARENT, NULL, born_ended};
    tree_end(node, &ending);
    cause_unref(cause);
}

static void fire(void *argument)
{
    struct registration *registration = argument;
    int error = node_err(registration->custom);
    end_with(registration->custom, registration->node, error ? error : ECANCELED, false);
    registration_fired(registration);
}

bool custom_register(struct ctxt *line, struct ctxt *node)
{
    invariant(line->kind == CONTEXT_CUSTOM && !atomic_load(&node->registration));
    int error = node_err(line);
    if (error) {
        end_with(line, node, error, true);
        return true;
    }
    return registration_make(line, node, fire);
}
