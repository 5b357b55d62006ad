/* What a context is asked: has it ended, why, when will it? And the clock that this goes by. */
#include "base/clock.h"
#include "runtime/cause.h"
#include "runtime/node.h"

#include <errno.h>
#include <string.h>

int64_t ctxt_now(void)
{
    return now_ns();
}

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

/* The error that a custom context has ended with, as a cause: valid as long as the context. */
static const ctxt_cause_t *custom_cause(const struct ctxt *custom, int error)
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
    int64_t now = now_ns();
    return deadline_ns > now ? deadline_ns - now : 0;
}
