/*
 * Contexts that nobody owns any more, and that may be owned again.
 *
 * The last owner of a context has gone without cancelling it. Whoever observes it may still take
 * over the duty to cancel it (ctxt_ref). Observers are counted, not named; but a task observes what
 * it was started with and what it has entered. If there are more observers than such tasks,
 * somebody unknown is among them. Else a task takes over only when it goes on before the context
 * ends: not if nothing can wake it, nor if all that can wake it is the end of that very context by
 * a parent.
 */
#include "snapshot/observers.h"

#include <string.h>

static bool could_be_owned_again(const struct snapshot_context *context)
{
    return context->owners_counted && context->state == CONTEXT_OPEN && context->owners == 0 &&
           context->observers > 0 && context->cancellable.value == FACT_NO &&
           (context->kind == CONTEXT_CANCEL || context->kind == CONTEXT_DEADLINE);
}

static void doubt(struct snapshot_context *context)
{
    context->cancellable =
        (struct fact){.value = FACT_UNKNOWN, .missing = PRECONDITION_NO_FREE_OBSERVER};
}

/* Calls `visit` for what a task observes: once, if that is one context. */
static void each_observed(struct tables *tables, const struct observing *observing,
                          void visit(struct tables *, const struct observing *, uint32_t task,
                                     uint32_t context))
{
    for (uint32_t i = 0; i < tables->snapshot.task_count; i++) {
        const struct snapshot_task *task = &tables->tasks[i];
        if (task->state == TASK_EXITED)
            continue;
        if (task->start_context != SNAPSHOT_NONE)
            visit(tables, observing, i, task->start_context);
        if (task->current_context != SNAPSHOT_NONE && task->current_context != task->start_context)
            visit(tables, observing, i, task->current_context);
    }
}

static void count_observer(struct tables *tables, const struct observing *observing, uint32_t task,
                           uint32_t context)
{
    (void)tables, (void)task;
    observing->known[context]++;
}

static bool waits_only_for(const struct tables *tables, uint32_t task, uint32_t context)
{
    const struct snapshot_task *it = &tables->tasks[task];
    for (uint32_t i = 0; i < it->wait_count; i++) {
        const struct snapshot_wait *wait = &tables->waits[it->first_wait + i];
        const struct snapshot_object *object = &tables->objects[wait->object];
        bool for_it = object->kind == OBJECT_CONTEXT && object->context == context;
        if (!for_it && wait->bounded_by != context)
            return false;
    }
    return it->wait_count > 0;
}

static void doubt_if_it_goes_on(struct tables *tables, const struct observing *observing,
                                uint32_t task, uint32_t context)
{
    bool stays = observing->wakeable[task].value == FACT_NO ||
                 (observing->wakeable_without_parent[task].value == FACT_NO &&
                  waits_only_for(tables, task, context));
    if (!stays && could_be_owned_again(&tables->contexts[context]))
        doubt(&tables->contexts[context]);
}

static uint32_t count_assumed(const struct tables *tables)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < tables->snapshot.context_count; i++)
        count += could_be_owned_again(&tables->contexts[i]);
    return count;
}

bool doubt_observed_contexts(struct tables *tables, const struct observing *observing, bool all)
{
    uint32_t before = count_assumed(tables);
    if (before == 0)
        return false;
    memset(observing->known, 0, tables->snapshot.context_count * sizeof *observing->known);
    each_observed(tables, observing, count_observer);
    for (uint32_t i = 0; i < tables->snapshot.context_count; i++) {
        struct snapshot_context *context = &tables->contexts[i];
        if (could_be_owned_again(context) && (all || context->observers > observing->known[i]))
            doubt(context);
    }
    each_observed(tables, observing, doubt_if_it_goes_on);
    return count_assumed(tables) != before;
}
