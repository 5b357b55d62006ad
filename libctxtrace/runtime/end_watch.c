#include "runtime/end_watch.h"

#include "runtime/context_record.h"
#include "runtime/link.h"
#include "runtime/wait.h"

#include <errno.h>

/* A child that is not recorded: nobody made it, and it lives no longer than one wait. */
static struct ctxt *stand_in_new(struct ctxt *context)
{
    struct ctxt *node = node_new(CONTEXT_CANCEL, context);
    if (!node)
        return NULL;
    node->line = node;
    return link_to_parent(node);
}

bool end_watch_begin(struct end_watch *watch, struct ctxt *context)
{
    *watch = (struct end_watch){.context = context, .line = context ? context->line : NULL};
    if (!watch->line || watch->line->kind != CONTEXT_CUSTOM)
        return true;
    watch->stand_in = watch->line = stand_in_new(context);
    return watch->stand_in != NULL;
}

bool end_watch_link(struct end_watch *watch, struct waiter *waiter)
{
    return !watch->line || wait_for_end(watch->line, waiter);
}

void end_watch_finish(struct end_watch *watch, struct waiter *waiter)
{
    if (watch->line)
        wait_forget(watch->line, waiter);
    if (!watch->stand_in)
        return;
    ctxt_cancel(watch->stand_in);
    ctxt_unref(watch->stand_in);
}

int end_watch_error(const struct end_watch *watch)
{
    int error = node_err(watch->context);
    if (error)
        return error;
    /* A custom context whose Done came before its error. */
    error = watch->stand_in ? node_err(watch->stand_in) : 0;
    return error ? error : ECANCELED;
}

uint64_t end_watch_id(struct ctxt *context)
{
    return context && context->line ? context_record_reference(context) : 0;
}
