/*
 * C18: a task is blocked on something that does not watch the context it works under, which can
 * still end: when it does, the task will not notice.
 *
 * Nothing is wrong yet, so this is likely only if there is a deadline, which is sure to come, and
 * suspect otherwise. findings/waiting.c lists the waits that may well last as long as a context.
 * Once the context has ended it is cancelled-but-blocked-elsewhere.
 */
#include "findings/evidence.h"
#include "findings/text.h"
#include "findings/waiting.h"

static void check(const struct snapshot *snapshot, const struct thresholds *thresholds,
                  struct claims *claims)
{
    for (uint32_t i = 0; i < snapshot->task_count; i++) {
        uint32_t wait;
        if (snapshot->tasks[i].wakeable.value == FACT_NO ||
            task_obedience(snapshot, thresholds, i, &wait) != MAY_NOT_NOTICE_AN_END)
            continue;
        uint32_t context = context_of_task(snapshot, i);
        const struct snapshot_context *open = &snapshot->contexts[context];
        bool will_end = time_is_known(open->deadline_ns);
        struct claim claim =
            claim_about_task(snapshot, i, wait, will_end ? CONFIDENCE_LIKELY : CONFIDENCE_SUSPECT);
        claim.other = context;
        claim.number = wait;
        claim_add_stack(&claim, "context created", open->creation_stack);
        claims_add(claims, &claim);
    }
}

static void sentence(const struct snapshot *snapshot, const struct finding *finding, char *out,
                     size_t size)
{
    struct text text = text_into(out, size);
    const struct claim *claim = &finding->claims[0];
    const struct snapshot_context *context = &snapshot->contexts[claim->other];

    text_count(&text, finding->count, "task is", "tasks are");
    text_add(&text, " blocked");
    text_place(&text, "in", snapshot,
               claim->stacks[0].label ? claim->stacks[0].stack : SNAPSHOT_NONE);
    text_add(&text, " and will not notice the end of %s context: ",
             singular_or_plural(finding->count, "its", "their"));
    text_task(&text, snapshot, claim->subject);
    text_add(&text, " has been waiting to ");
    text_wait(&text, snapshot, (uint32_t)claim->number);
    text_add(&text, " for ");
    text_age(&text, snapshot, age_of_oldest(snapshot, finding));
    text_add(&text, "; ");
    text_context(&text, snapshot, claim->other);
    if (time_is_known(context->deadline_ns)) {
        text_add(&text, " ends in ");
        text_duration(&text, time_left(snapshot, context->deadline_ns));
        text_add(&text, ".");
    } else {
        text_add(&text, " can be cancelled at any time.");
    }
}

const struct rule rule_wait_without_done = {
    .name = "wait-without-done",
    .catalogue = "C18",
    .title = "A wait that does not watch the context it happens under",
    .advice = "Use the blocking calls that take a context (ctxt_read, ctxt_cond_wait, "
              "ctxt_chan_receive ...), or let ctxt_after_func wake the waiter; in Go a select with "
              "ctx.Done().",
    .severity = SEVERITY_MEDIUM,
    .check = check,
    .sentence = sentence,
};
