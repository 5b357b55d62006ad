/*
 * C17 and C18 together, G15: the context that a task works under ended a while ago, and the task is
 * blocked on something that does not watch it. Where nobody recorded under which it works, as in Go
 * programs, it is the one that its frames hold, and the claim is a suspicion.
 *
 * Likely if the wait was there before the end: the cancellation has not reached it. Suspect if it
 * began afterwards, because that can be part of cleaning up. When nothing can wake the task at all,
 * that is a leaked task.
 */
#include "findings/evidence.h"
#include "findings/text.h"
#include "findings/waiting.h"

static enum confidence confidence_in(const struct snapshot *snapshot, uint32_t wait,
                                     const struct snapshot_context *ended, bool likely)
{
    if (wait == SNAPSHOT_NONE || likely)
        return CONFIDENCE_SUSPECT;
    const struct snapshot_wait *it = &snapshot->waits[wait];
    if (!time_is_known(it->since_ns) || it->since_ns > ended->ended_ns)
        return CONFIDENCE_SUSPECT;
    /* A lock's holder is the one to look at. */
    return it->operation == WAIT_LOCK || it->operation == WAIT_READ_LOCK ? CONFIDENCE_SUSPECT
                                                                         : CONFIDENCE_LIKELY;
}

static void check(const struct snapshot *snapshot, const struct thresholds *thresholds,
                  struct claims *claims)
{
    for (uint32_t i = 0; i < snapshot->task_count; i++) {
        uint32_t wait;
        if (snapshot->tasks[i].wakeable.value == FACT_NO ||
            task_obedience(snapshot, thresholds, i, &wait) != KEEPS_WAITING)
            continue;
        bool likely;
        uint32_t context = context_to_obey(snapshot, i, &likely);
        const struct snapshot_context *ended = &snapshot->contexts[context];
        struct claim claim =
            claim_about_task(snapshot, i, wait, confidence_in(snapshot, wait, ended, likely));
        claim.other = context;
        claim.since_ns = ended->ended_ns;
        claim.number = wait;
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
    uint32_t wait = (uint32_t)claim->number;

    text_count(&text, finding->count, "task stays", "tasks stay");
    text_add(&text, " blocked");
    text_place(&text, "in", snapshot,
               claim->stacks[0].label ? claim->stacks[0].stack : SNAPSHOT_NONE);
    text_ended_context(&text, snapshot, finding, age_of_oldest(snapshot, finding));
    text_add(&text, ": ");
    text_task(&text, snapshot, claim->subject);
    if (wait == SNAPSHOT_NONE) {
        text_add(&text, " does not watch it.");
        return;
    }
    text_add(&text, " waits to ");
    text_wait(&text, snapshot, wait);
    text_add(&text, ", which does not watch it.");
}

const struct rule rule_cancelled_but_blocked_elsewhere = {
    .name = "cancelled-but-blocked-elsewhere",
    .catalogue = "C17, C18, G15",
    .title = "A cancelled task that is blocked on something else",
    .advice = "Wait for the result or the end of the context, whichever is first: ctxt_select, or "
              "the blocking calls that take a context; in Go a select with ctx.Done().",
    .severity = SEVERITY_HIGH,
    .check = check,
    .sentence = sentence,
};
