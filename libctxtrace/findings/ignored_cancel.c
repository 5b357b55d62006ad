/*
 * C17: the context that a task works under ended a while ago, and the task goes on: it runs, or
 * sleeps and polls. (Blocked for good is cancelled-but-blocked-elsewhere.)
 *
 * Cleaning up may take its time, so this is never proved.
 */
#include "findings/evidence.h"
#include "findings/text.h"
#include "findings/waiting.h"

static void check(const struct snapshot *snapshot, const struct thresholds *thresholds,
                  struct claims *claims)
{
    for (uint32_t i = 0; i < snapshot->task_count; i++) {
        uint32_t wait;
        if (task_obedience(snapshot, thresholds, i, &wait) != KEEPS_RUNNING)
            continue;
        bool likely;
        uint32_t context = context_to_obey(snapshot, i, &likely);
        const struct snapshot_context *ended = &snapshot->contexts[context];
        /* main may have nothing else to do with its context than to end it. */
        bool suspect = likely || snapshot->tasks[i].main;
        struct claim claim =
            claim_about_task(snapshot, i, wait, suspect ? CONFIDENCE_SUSPECT : CONFIDENCE_LIKELY);
        claim.other = context;
        claim.since_ns = ended->ended_ns;
        claim.number = age_at_snapshot(snapshot, ended->ended_ns);
        claim_add_stack(&claim, "cancelled by", ended->cancel_stack);
        claim_add_stack(&claim, "context created", ended->creation_stack);
        claims_add(claims, &claim);
    }
}

static void sentence(const struct snapshot *snapshot, const struct finding *finding, char *out,
                     size_t size)
{
    struct text text = text_into(out, size);
    const struct claim *claim = &finding->claims[0];

    text_count(&text, finding->count, "task still works", "tasks still work");
    text_place(&text, "in", snapshot,
               claim->stacks[0].label ? claim->stacks[0].stack : SNAPSHOT_NONE);
    text_ended_context(&text, snapshot, finding, claim->number);
    text_add(&text, ": %s", finding->count == 1 ? "" : "the longest is ");
    text_task(&text, snapshot, claim->subject);
    text_add(&text, ".");
}

const struct rule rule_ignored_cancel = {
    .name = "ignored-cancel",
    .catalogue = "C17",
    .title = "Work that goes on after its context has ended",
    .advice = "Look at the context in every turn of a long loop (ctxt_err, in Go ctx.Err), and "
              "sleep with ctxt_sleep or a select instead of a plain sleep.",
    .severity = SEVERITY_HIGH,
    .check = check,
    .sentence = sentence,
};
