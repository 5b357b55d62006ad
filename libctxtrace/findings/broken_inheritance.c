/*
 * C8: a task that works under a context made a new one directly under background or todo, and so
 * lost the deadline and the cancellation of its own.
 *
 * Likely in two cases. The task was started with a context, which it has for all of its life, and
 * that could be cancelled and was open when the new one was made. Or the task has entered a context
 * that is older than the new one, and is right now waiting for the new one or below it. (That it is
 * in some context now does not say that it was when it made the other: think of an event loop.)
 * That the detour was not on purpose cannot be proved; without-cancel says on purpose, and is not
 * claimed.
 */
#include "findings/context_tree.h"
#include "findings/evidence.h"
#include "findings/text.h"

#include <stdlib.h>

static bool is_under_root(const struct snapshot *snapshot, const struct snapshot_context *context)
{
    if (context->kind != CONTEXT_CANCEL && context->kind != CONTEXT_DEADLINE &&
        context->kind != CONTEXT_VALUE)
        return false;
    if (context->parent != SNAPSHOT_NONE)
        return context_is_root_kind(&snapshot->contexts[context->parent]);
    return context->parent_id == 0;
}

/* Was there something to inherit at that moment: a context that could end, and had not? */
static bool could_be_inherited(const struct snapshot *snapshot, uint32_t ambient,
                               const struct snapshot_context *made)
{
    const struct snapshot_context *it = &snapshot->contexts[ambient];
    if (it == made || context_is_root_kind(it) || !time_is_known(it->created_ns) ||
        it->created_ns > made->created_ns)
        return false;
    if (context_has_ended(it))
        return time_is_known(it->ended_ns) && it->ended_ns > made->created_ns;
    return snapshot_can_end(snapshot, ambient).value == FACT_YES;
}

static bool is_below(const uint32_t *tops, uint32_t context, uint32_t top)
{
    return context != SNAPSHOT_NONE && tops[context] == top;
}

/* Does this task wait, right now, for that context or one below it, or bounded by one? */
static bool waits_below(const struct snapshot *snapshot, const struct snapshot_task *task,
                        uint32_t top, const uint32_t *tops)
{
    for (uint32_t i = 0; i < task->wait_count; i++) {
        const struct snapshot_wait *wait = &snapshot->waits[task->first_wait + i];
        const struct snapshot_object *object = &snapshot->objects[wait->object];
        if (is_below(tops, wait->bounded_by, top) ||
            (object->kind == OBJECT_CONTEXT && is_below(tops, object->context, top)))
            return true;
    }
    return false;
}

static uint32_t ambient_context(const struct snapshot *snapshot, uint32_t context,
                                const uint32_t *tops)
{
    const struct snapshot_context *made = &snapshot->contexts[context];
    const struct snapshot_task *creator = &snapshot->tasks[made->creator_task];
    uint32_t start = creator->start_context, current = creator->current_context;
    if (start != SNAPSHOT_NONE && could_be_inherited(snapshot, start, made))
        return start;
    if (current != SNAPSHOT_NONE && tops[current] != context &&
        could_be_inherited(snapshot, current, made) &&
        waits_below(snapshot, creator, context, tops))
        return current;
    return SNAPSHOT_NONE;
}

static void look_at(const struct snapshot *snapshot, uint32_t context, const uint32_t *tops,
                    struct claims *claims)
{
    uint32_t ambient = ambient_context(snapshot, context, tops);
    if (ambient == SNAPSHOT_NONE)
        return;
    const struct snapshot_context *made = &snapshot->contexts[context];
    struct claim claim = claim_about_context(snapshot, context, CONFIDENCE_LIKELY);
    claim.other = ambient;
    claim_add_stack(&claim, "ambient created", snapshot->contexts[ambient].creation_stack);
    claim_add_stack(&claim, "task created", snapshot->tasks[made->creator_task].creation_stack);
    claims_add(claims, &claim);
}

/* For every context the one directly under a root that it comes from. */
static uint32_t *tree_tops(const struct snapshot *snapshot)
{
    uint32_t *tops = malloc(snapshot->context_count * sizeof *tops);
    if (!tops)
        return NULL;
    uint32_t context = snapshot->first_root;
    for (; context != SNAPSHOT_NONE; context = tree_next(snapshot, context)) {
        const struct snapshot_context *it = &snapshot->contexts[context];
        tops[context] =
            it->parent == SNAPSHOT_NONE || is_under_root(snapshot, it) ? context : tops[it->parent];
    }
    return tops;
}

static void check(const struct snapshot *snapshot, const struct thresholds *thresholds,
                  struct claims *claims)
{
    (void)thresholds;
    if (snapshot->context_count == 0)
        return;
    uint32_t *tops = tree_tops(snapshot);
    if (!tops)
        claims_fail(claims);
    for (uint32_t i = 0; tops && i < snapshot->context_count; i++) {
        const struct snapshot_context *it = &snapshot->contexts[i];
        if (it->creator_task != SNAPSHOT_NONE && time_is_known(it->created_ns) &&
            is_under_root(snapshot, it))
            look_at(snapshot, i, tops, claims);
    }
    free(tops);
}

static void sentence(const struct snapshot *snapshot, const struct finding *finding, char *out,
                     size_t size)
{
    struct text text = text_into(out, size);
    const struct claim *claim = &finding->claims[0];
    const struct snapshot_context *context = &snapshot->contexts[claim->subject];
    const struct snapshot_context *ambient = &snapshot->contexts[claim->other];

    text_count(&text, finding->count, "context", "contexts");
    text_place(&text, "created in", snapshot, context->creation_stack);
    text_add(&text, " %s directly under %s, although %s ",
             singular_or_plural(finding->count, "hangs", "hang"),
             context->parent == SNAPSHOT_NONE
                 ? "a root"
                 : context_kind_name(snapshot->contexts[context->parent].kind),
             singular_or_plural(finding->count, "its creator", "the oldest one's creator"));
    text_task(&text, snapshot, context->creator_task);
    bool started = claim->other == snapshot->tasks[context->creator_task].start_context;
    text_add(&text, started ? " was started with " : " is in ");
    text_context(&text, snapshot, claim->other);
    text_add(&text, ": its cancellation%s lost.",
             time_is_known(ambient->deadline_ns) ? " and deadline are" : " is");
}

const struct rule rule_broken_inheritance = {
    .name = "broken-inheritance",
    .catalogue = "C8",
    .title = "A new root where there was a context to inherit",
    .advice = "Derive from the context that the task was given. If the work shall outlive it, say "
              "so with ctxt_without_cancel (Go: context.WithoutCancel) and give it a deadline of "
              "its own.",
    .severity = SEVERITY_HIGH,
    .check = check,
    .sentence = sentence,
};
