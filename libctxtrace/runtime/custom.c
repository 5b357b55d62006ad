#include "runtime/custom.h"

#include "runtime/context.h"
#include "runtime/misuse.h"
#include "runtime/tree.h"
#include "runtime/watcher.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct registration {
    struct ctxt *custom; /* held */
    struct ctxt *node;   /* held */
    void *handle;        /* what after_func returned, or the watch */
    bool watched;
    _Atomic uint32_t references;
};

ctxt_t *ctxt_custom(const ctxt_ops_t *ops, void *self, ctxt_t *inner)
{
    if (!inner)
        inner = ctxt_background();
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

const ctxt_cause_t *custom_cause(const struct ctxt *custom, int error)
{
    if (error == ECANCELED || error == ETIMEDOUT)
        return error == ETIMEDOUT ? &cause_timed_out.public_cause : &cause_canceled.public_cause;
    struct cause *_Atomic *place = &((struct ctxt *)(uintptr_t)custom)->custom.cause;
    struct cause *known = atomic_load(place);
    if (known)
        return &known->public_cause;
    char buffer[128];
    struct cause *made = cause_with_text(error, strerror_r(error, buffer, sizeof buffer));
    if (!made)
        return &cause_canceled.public_cause;
    made->error = error;
    if (atomic_compare_exchange_strong(place, &known, made))
        return &made->public_cause;
    cause_unref(made);
    return &known->public_cause;
}

/* ---- children ---- */

static void registration_unref(struct registration *registration, uint32_t count)
{
    if (atomic_fetch_sub(&registration->references, count) != count)
        return;
    struct ctxt *node = registration->node, *custom = registration->custom;
    free(registration);
    node_drop(node);
    node_drop(custom);
}

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
    registration_unref(registration, 1);
}

static bool subscribe(struct registration *registration)
{
    const struct node_custom *custom = &registration->custom->custom;
    if (custom->ops->after_func && custom->ops->stop) {
        registration->handle = custom->ops->after_func(custom->self, fire, registration);
        return true;
    }
    registration->watched = true;
    registration->handle = watcher_add(custom->ops->done_fd(custom->self), fire, registration);
    return registration->handle != NULL;
}

static bool unsubscribe(struct registration *registration)
{
    const struct node_custom *custom = &registration->custom->custom;
    if (registration->watched)
        return watcher_remove(registration->handle);
    return custom->ops->stop(custom->self, registration->handle);
}

static struct registration *registration_new(struct ctxt *custom, struct ctxt *node)
{
    struct registration *registration = calloc(1, sizeof *registration);
    if (!registration) {
        errno = ENOMEM;
        return NULL;
    }
    registration->custom = custom;
    registration->node = node;
    atomic_init(&registration->references, 2);
    node_hold(custom);
    node_hold(node);
    return registration;
}

bool custom_register(struct ctxt *line, struct ctxt *node)
{
    invariant(line->kind == CONTEXT_CUSTOM && !atomic_load(&node->registration));
    int error = node_err(line);
    if (error) {
        end_with(line, node, error, true);
        return true;
    }
    struct registration *registration = registration_new(line, node);
    if (!registration)
        return false;
    if (!subscribe(registration)) {
        registration_unref(registration, 2);
        return false;
    }
    atomic_store(&node->registration, registration);
    if (node_ended(node)) /* it fired before there was anything to unregister */
        custom_unregister(node);
    return true;
}

void custom_unregister(struct ctxt *node)
{
    struct registration *registration = atomic_exchange(&node->registration, NULL);
    if (!registration)
        return;
    /* If it was withdrawn, the callback's reference goes as well: it will not come. */
    registration_unref(registration, unsubscribe(registration) ? 2 : 1);
}
