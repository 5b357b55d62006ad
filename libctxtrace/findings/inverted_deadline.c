/*
 * C23: a context asks for more time than the whole of its parent's deadline ever allowed: its own
 * timeout can never take effect, and a cause given with it is discarded.
 *
 * (In Go, and so here, such a context is recorded as one that can only be cancelled.)
 *
 * A child that asks for more than is left is how deadlines are meant to work, and not claimed; nor
 * is one that asks for as much as its parent was given. That the timeouts are the wrong way round
 * is likely, not proved: a library may well have a generous bound of its own.
 */
#include "base/clock.h"
#include "findings/context_tree.h"
#include "findings/evidence.h"
#include "findings/text.h"

#include <stdlib.h>

/*
 * Whoever computes a deadline reads the clock before the context is made, and the first one of a
 * program takes milliseconds to record: so much is no difference between what was asked for.
 */
#define SLACK_NS (20 * NS_PER_MS)

static bool time_asked_for(const struct snapshot_context *context, int64_t *duration)
{
    return time_is_known(context->requested_deadline_ns) && time_is_known(context->created_ns) &&
           !__builtin_sub_overflow(context->requested_deadline_ns, context->created_ns, duration);
}

/* Is this one's timeout too long, below that of `setter`? */
static bool asks_for_too_much(const struct snapshot_context *context,
                              const struct snapshot_context *setter, int64_t *asked)
{
    int64_t given, more;
    bool can_have_asked = context->kind == CONTEXT_DEADLINE || context->kind == CONTEXT_CANCEL;
    if (!can_have_asked || !time_is_known(context->deadline_ns) ||
        context->requested_deadline_ns <= context->deadline_ns)
        return false;
    return time_asked_for(context, asked) && time_asked_for(setter, &given) &&
           !__builtin_sub_overflow(*asked, given, &more) && more > SLACK_NS;
}

static void check(const struct snapshot *snapshot, const struct thresholds *thresholds,
                  struct claims *claims)
{
    (void)thresholds;
    if (snapshot->context_count == 0)
        return;
    uint32_t *setters = tree_deadline_setters(snapshot);
    if (!setters)
        claims_fail(claims);
    for (uint32_t i = 0; setters && i < snapshot->context_count; i++) {
        const struct snapshot_context *it = &snapshot->contexts[i];
        int64_t asked;
        if (setters[i] == SNAPSHOT_NONE || setters[i] == i ||
            !asks_for_too_much(it, &snapshot->contexts[setters[i]], &asked))
            continue;
        struct claim claim = claim_about_context(snapshot, i, CONFIDENCE_LIKELY);
        claim.other = setters[i];
        claim.number = asked;
        claim_add_stack(&claim, "deadline set", snapshot->contexts[setters[i]].creation_stack);
        claims_add(claims, &claim);
    }
    free(setters);
}

/* To three digits, so that a timeout reads as it was given. */
static int64_t rounded(int64_t duration)
{
    int64_t unit = 1;
    while (duration / unit >= 1000)
        unit *= 10;
    return duration > INT64_MAX / 2 ? duration : (duration + unit / 2) / unit * unit;
}

static void sentence(const struct snapshot *snapshot, const struct finding *finding, char *out,
                     size_t size)
{
    struct text text = text_into(out, size);
    const struct claim *claim = &finding->claims[0];
    const struct snapshot_context *context = &snapshot->contexts[claim->subject];
    const struct snapshot_context *setter = &snapshot->contexts[claim->other];
    int64_t given = 0;
    time_asked_for(setter, &given);

    text_count(&text, finding->count, "context", "contexts");
    text_place(&text, "created in", snapshot, context->creation_stack);
    text_add(&text, " %s for ", singular_or_plural(finding->count, "asks", "ask"));
    text_duration(&text, rounded(claim->number));
    text_add(&text, " below a parent that was given ");
    text_duration(&text, rounded(given));
    text_place(&text, "in", snapshot, setter->creation_stack);
    text_add(&text, ": %s own timeout can never take effect.",
             singular_or_plural(finding->count, "its", "their"));
}

const struct rule rule_inverted_deadline = {
    .name = "inverted-deadline",
    .catalogue = "C23",
    .title = "A timeout longer than its parent's",
    .advice = "Give the inner work less time than the outer, or only a cancel; if it shall outlive "
              "the outer deadline, derive it with ctxt_without_cancel (Go: context.WithoutCancel).",
    .severity = SEVERITY_LOW,
    .check = check,
    .sentence = sentence,
};
