/*
 * C24: a context whose deadline was past when it was made.
 *
 * Such a context ends at once and is soon gone, so only what happens to be left is seen: suspect.
 * A timeout of 0 is a way to say "do not wait", and not claimed: to make and record the context
 * takes some time, too.
 */
#include "base/clock.h"
#include "findings/evidence.h"
#include "findings/text.h"

#define SLACK_NS (20 * NS_PER_MS)

static bool is_late(const struct snapshot_context *context, int64_t *late)
{
    return context->kind == CONTEXT_DEADLINE && context->ended_by == ENDED_BY_DEADLINE &&
           time_is_known(context->requested_deadline_ns) && time_is_known(context->created_ns) &&
           !__builtin_sub_overflow(context->created_ns, context->requested_deadline_ns, late) &&
           *late > SLACK_NS;
}

static void check(const struct snapshot *snapshot, const struct thresholds *thresholds,
                  struct claims *claims)
{
    (void)thresholds;
    for (uint32_t i = 0; i < snapshot->context_count; i++) {
        int64_t late;
        if (!is_late(&snapshot->contexts[i], &late))
            continue;
        struct claim claim = claim_about_context(snapshot, i, CONFIDENCE_SUSPECT);
        claim.number = late;
        claims_add(claims, &claim);
    }
}

static void sentence(const struct snapshot *snapshot, const struct finding *finding, char *out,
                     size_t size)
{
    struct text text = text_into(out, size);
    const struct snapshot_context *context = &snapshot->contexts[finding->claims[0].subject];
    int64_t latest = 0;
    for (uint32_t i = 0; i < finding->count; i++) {
        if (finding->claims[i].number > latest)
            latest = finding->claims[i].number;
    }
    text_count(&text, finding->count, "context", "contexts");
    text_place(&text, "created in", snapshot, context->creation_stack);
    text_add(&text, " had a deadline that was past already, by %s",
             finding->count == 1 ? "" : "up to ");
    text_duration(&text, latest);
    text_add(&text, ".");
}

const struct rule rule_born_expired = {
    .name = "born-expired",
    .catalogue = "C24",
    .title = "A deadline that was past when it was set",
    .advice = "See whether the work waited too long in a queue, or whether the deadline was "
              "computed with another clock or unit (nanoseconds of ctxt_now()).",
    .severity = SEVERITY_LOW,
    .check = check,
    .sentence = sentence,
};
