/*
 * G13, G14: a task waits for contexts that nothing can end.
 *
 * Proved if that is known of every context that it waits for, and if the wait has no other way out:
 * no time, no other case of a select, no context that bounds it. A source may know of the task
 * itself that nothing can wake it: then it does not matter that the task, once awake, could end the
 * context. main that waits for background is an idiom (stay until killed), and not claimed; in Go,
 * main that waits for a context whose cancel function it alone has is no more than suspect.
 */
#include "findings/evidence.h"
#include "findings/text.h"
#include "findings/waiting.h"

/* The best that is known of all the waits of a task: can any of them end? */
static struct fact can_return(const struct snapshot *snapshot, const struct snapshot_task *task)
{
    struct fact best = {.value = FACT_NO};
    for (uint32_t i = 0; i < task->wait_count; i++) {
        const struct snapshot_wait *wait = &snapshot->waits[task->first_wait + i];
        const struct snapshot_object *object = &snapshot->objects[wait->object];
        if (object->kind != OBJECT_CONTEXT && object->kind != OBJECT_NOTHING)
            return (struct fact){.value = FACT_YES};
        if (task->wakeable.value == FACT_NO)
            continue;
        struct fact ways[] = {wait_has_way_out(snapshot, wait),
                              object->kind == OBJECT_NOTHING
                                  ? (struct fact){.value = FACT_NO}
                                  : snapshot_can_end(snapshot, object->context)};
        for (int way = 0; way < 2; way++) {
            if (ways[way].value == FACT_YES)
                return ways[way];
            if (ways[way].value == FACT_UNKNOWN)
                best = ways[way];
        }
    }
    return best;
}

/* The first wait of the task that is for a context, or SNAPSHOT_NONE. */
static uint32_t wait_for_context(const struct snapshot *snapshot, const struct snapshot_task *task)
{
    for (uint32_t i = 0; i < task->wait_count; i++) {
        uint32_t wait = task->first_wait + i;
        const struct snapshot_object *object = &snapshot->objects[snapshot->waits[wait].object];
        if (object->kind == OBJECT_CONTEXT && object->context != SNAPSHOT_NONE)
            return wait;
    }
    return SNAPSHOT_NONE;
}

static bool is_never_ending_kind(const struct snapshot_context *context)
{
    return context->kind == CONTEXT_BACKGROUND || context->kind == CONTEXT_TODO ||
           context->kind == CONTEXT_WITHOUT_CANCEL;
}

/* Nothing but values between this context and one that never ends. */
static bool is_never_ending(const struct snapshot *snapshot, uint32_t context)
{
    while (context != SNAPSHOT_NONE && snapshot->contexts[context].kind == CONTEXT_VALUE)
        context = snapshot->contexts[context].parent;
    return context != SNAPSHOT_NONE && is_never_ending_kind(&snapshot->contexts[context]);
}

static void look_at(const struct snapshot *snapshot, const struct thresholds *thresholds,
                    uint32_t task, struct claims *claims)
{
    const struct snapshot_task *it = &snapshot->tasks[task];
    uint32_t wait = wait_for_context(snapshot, it);
    if (wait == SNAPSHOT_NONE || !task_is_programs_own(it) || it->wakeable.value == FACT_YES ||
        !has_settled(snapshot, snapshot->waits[wait].since_ns, thresholds))
        return;
    uint32_t context = snapshot->objects[snapshot->waits[wait].object].context;
    if (it->main && is_never_ending(snapshot, context))
        return;
    struct fact returns = can_return(snapshot, it);
    if (returns.value == FACT_YES)
        return;
    if (returns.value == FACT_UNKNOWN) {
        claims_withhold(claims, returns.missing ? returns.missing : PRECONDITION_NOT_OBSERVABLE);
        return;
    }
    enum confidence confidence =
        task_keeps_program(snapshot, it) ? CONFIDENCE_SUSPECT : CONFIDENCE_PROVED;
    struct claim claim = claim_about_task(snapshot, task, wait, confidence);
    claim.other = context;
    claim_add_stack(&claim, "context created", snapshot->contexts[context].creation_stack);
    claims_add(claims, &claim);
}

static void check(const struct snapshot *snapshot, const struct thresholds *thresholds,
                  struct claims *claims)
{
    for (uint32_t i = 0; i < snapshot->task_count; i++)
        look_at(snapshot, thresholds, i, claims);
}

static void sentence(const struct snapshot *snapshot, const struct finding *finding, char *out,
                     size_t size)
{
    struct text text = text_into(out, size);
    const struct claim *claim = &finding->claims[0];
    const struct snapshot_context *context = &snapshot->contexts[claim->other];

    text_count(&text, finding->count, "task waits", "tasks wait");
    text_place(&text, "in", snapshot,
               claim->stacks[0].label ? claim->stacks[0].stack : SNAPSHOT_NONE);
    if (is_never_ending_kind(context)) {
        text_add(&text, " for the end of %s, which never ends", context_kind_name(context->kind));
    } else {
        text_add(&text, " for the end of ");
        text_context(&text, snapshot, claim->other);
        text_place(&text, "created in", snapshot, context->creation_stack);
        text_add(&text, finding->confidence == CONFIDENCE_SUSPECT
                            ? ", which nobody but the task itself could end"
                            : ", which nothing can end any more");
    }
    int64_t age = age_of_oldest(snapshot, finding);
    if (age >= 0) {
        text_add(&text, "; %s", finding->count == 1 ? "" : "the longest of them ");
        text_task(&text, snapshot, claim->subject);
        text_add(&text, " has waited for ");
        text_age(&text, snapshot, age);
    }
    text_add(&text, ".");
}

const struct rule rule_never_cancelled_wait = {
    .name = "never-cancelled-wait",
    .catalogue = "G13, G14",
    .title = "A task that waits for a context which nothing can end",
    .advice = "Make sure that somebody keeps the duty to cancel what others wait for. Do not wait "
              "for background or todo: pass a context that can end.",
    .severity = SEVERITY_HIGH,
    .check = check,
    .sentence = sentence,
};
