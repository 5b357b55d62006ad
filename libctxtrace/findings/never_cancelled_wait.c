/*
 * G13, G14: a task waits for contexts that nothing can end.
 *
 * Rests on the fact that nothing can wake the task. It excludes a time, another case of a select, a
 * context that bounds the wait, waits that were lost or are being written, and owners of the
 * contexts; where it is unknown nothing is claimed. Where it is known that nothing can wake a task,
 * it does not matter whether the task, once awake, could end the context. main that waits for
 * background is an idiom (stay until killed), and not claimed; in Go, main that waits for a context
 * whose cancel function it alone has is no more than suspect.
 */
#include "findings/evidence.h"
#include "findings/text.h"
#include "findings/waiting.h"

/* Those for anything else beside are left to leaked-task. */
static bool waits_for_contexts_alone(const struct snapshot *snapshot,
                                     const struct snapshot_task *task)
{
    for (uint32_t i = 0; i < task->wait_count; i++) {
        const struct snapshot_wait *wait = &snapshot->waits[task->first_wait + i];
        uint8_t kind = snapshot->objects[wait->object].kind;
        if (kind != OBJECT_CONTEXT && kind != OBJECT_NOTHING)
            return false;
    }
    return true;
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
    if (wait == SNAPSHOT_NONE)
        return;
    enum settling settling = wait_settling(snapshot, &snapshot->waits[wait], thresholds);
    if (!task_is_programs_own(it) || it->wakeable.value == FACT_YES || settling == TOO_YOUNG)
        return;
    uint32_t context = snapshot->objects[snapshot->waits[wait].object].context;
    if (it->main && is_never_ending(snapshot, context))
        return;
    if (!waits_for_contexts_alone(snapshot, it))
        return;
    if (it->wakeable.value == FACT_UNKNOWN) {
        claims_withhold(claims,
                        it->wakeable.missing ? it->wakeable.missing : PRECONDITION_NOT_OBSERVABLE);
        return;
    }
    enum confidence confidence =
        task_keeps_program(snapshot, it) ? CONFIDENCE_SUSPECT : CONFIDENCE_PROVED;
    struct claim claim = claim_about_task(snapshot, task, wait, confidence);
    claim.other = context;
    claim_lower_if_young(&claim, settling);
    claim_add_stack(&claim, "context created", snapshot->contexts[context].creation_stack);
    claims_add(claims, &claim);
}

static void check(const struct snapshot *snapshot, const struct thresholds *thresholds,
                  struct claims *claims)
{
    for (uint32_t i = 0; i < snapshot->task_count; i++)
        look_at(snapshot, thresholds, i, claims);
}

/* main that waits for what only itself could end; see task_keeps_program(). */
static bool is_mains_own(const struct snapshot *snapshot, const struct claim *claim)
{
    return task_keeps_program(snapshot, &snapshot->tasks[claim->subject]);
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
        text_add(&text, is_mains_own(snapshot, claim)
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
