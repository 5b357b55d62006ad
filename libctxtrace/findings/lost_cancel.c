/*
 * C1, C2: nobody can cancel this context any more, and it is still linked to what is above it.
 *
 * Rests on one of two facts: nobody is left that could cancel it, or nothing but its parent's link
 * knows it. The first excludes owners (counted, no change lost), contexts that ended with an
 * ancestor meanwhile or whose ancestors are not here, and observers that may take over the duty to
 * cancel: as long as one of them goes on, or is not known, the claim is suspect only. Neither fact
 * can become untrue again, so age only keeps out what is about to end.
 *
 * Where garbage is collected, a context that no parent links is freed with whoever still uses it
 * (below background, below one that was detached, be it by a type of the program's own), and one
 * that a blocked task waits for can be cancelled by that task once it goes on: both are not claimed
 * here (see wakes-only-by-parent and never-cancelled-wait).
 */
#include "findings/context_tree.h"
#include "findings/creations.h"
#include "findings/evidence.h"
#include "findings/text.h"
#include "findings/whereabouts.h"

#include <stdlib.h>

enum verdict { NOT_LOST, CANNOT_TELL, PROBABLY_LOST, LOST };

static enum verdict judge(const struct snapshot_context *context, bool collected, bool waited_for)
{
    if (context->cancellable.value == FACT_YES)
        return NOT_LOST;
    if (context->cancellable.value == FACT_NO)
        return LOST;
    if (context->held_only_by_parent.value == FACT_YES)
        return collected && waited_for ? NOT_LOST : LOST;
    if (context->owners_counted)
        return context->owners == 0 ? PROBABLY_LOST : NOT_LOST;
    return CANNOT_TELL;
}

static bool is_linked(const struct snapshot *snapshot, uint32_t parent)
{
    if (parent == SNAPSHOT_NONE)
        return false;
    const struct snapshot_context *it = &snapshot->contexts[parent];
    return !context_is_root_kind(it) && it->kind != CONTEXT_WITHOUT_CANCEL;
}

static void look_at(const struct snapshot *snapshot, uint32_t context, uint32_t parent,
                    bool waited_for, struct claims *claims)
{
    const struct snapshot_context *it = &snapshot->contexts[context];
    bool collected = snapshot->program.collected;
    if (collected && (it->unlinked || !is_linked(snapshot, parent)))
        return;
    enum verdict verdict = judge(it, collected, waited_for);
    if (verdict == NOT_LOST)
        return;
    enum precondition missing = it->cancellable.missing;
    if (verdict == CANNOT_TELL) {
        claims_withhold(claims, missing ? missing : PRECONDITION_NOT_OBSERVABLE);
        return;
    }
    enum confidence confidence = verdict == LOST                            ? CONFIDENCE_PROVED
                                 : missing == PRECONDITION_NO_FREE_OBSERVER ? CONFIDENCE_SUSPECT
                                                                            : CONFIDENCE_LIKELY;
    struct claim claim = claim_about_context(snapshot, context, confidence);
    claim.other = parent;
    claim_whereabouts(&claim, snapshot);
    if (verdict == PROBABLY_LOST)
        claim.missing = missing ? missing : PRECONDITION_NOT_OBSERVABLE;
    if (parent != SNAPSHOT_NONE)
        claim_add_stack(&claim, "parent created", snapshot->contexts[parent].creation_stack);
    claims_add(claims, &claim);
}

static void check(const struct snapshot *snapshot, const struct thresholds *thresholds,
                  struct claims *claims)
{
    if (snapshot->context_count == 0)
        return;
    uint32_t *parents = tree_linking_parents(snapshot);
    bool *waited_for = tree_waited_for(snapshot);
    if (!parents || !waited_for)
        claims_fail(claims);
    for (uint32_t i = 0; parents && waited_for && i < snapshot->context_count; i++) {
        const struct snapshot_context *it = &snapshot->contexts[i];
        if (it->kind != CONTEXT_CANCEL || it->state != CONTEXT_OPEN ||
            !has_settled(snapshot, it->created_ns, thresholds))
            continue;
        look_at(snapshot, i, parents[i], waited_for[i], claims);
    }
    free(parents);
    free(waited_for);
}

static void add_why(struct text *text, const struct snapshot *snapshot,
                    const struct finding *finding)
{
    const struct claim *claim = &finding->claims[0];
    const struct snapshot_context *context = &snapshot->contexts[claim->subject];
    if (context->owners_counted)
        text_add(text, ": all owners are gone");
    else
        text_add(text, ": nothing that could cancel %s is reachable",
                 singular_or_plural(finding->count, "it", "them"));
    if (is_linked(snapshot, claim->other))
        text_add(text, ", the parent is still open");
    else
        text_add(text,
                 ", and nothing above will end %s (Go's garbage collector would free this; "
                 "in C it is a leak)",
                 singular_or_plural(finding->count, "it", "them"));
}

static void sentence(const struct snapshot *snapshot, const struct finding *finding, char *out,
                     size_t size)
{
    struct text text = text_into(out, size);
    const struct claim *claim = &finding->claims[0];
    const struct snapshot_context *context = &snapshot->contexts[claim->subject];

    text_contexts(&text, snapshot, finding->count, "context", "contexts");
    text_created(&text, "created in", snapshot, finding);
    text_whereabouts(&text, snapshot, claim->subject);
    text_add(&text, " can %s be cancelled",
             finding->confidence == CONFIDENCE_PROVED ? "no longer" : "apparently no longer");
    add_why(&text, snapshot, finding);
    int64_t age = age_of_oldest(snapshot, finding);
    if (age >= 0) {
        text_add(&text, "; %s ", singular_or_plural(finding->count, "it is", "the oldest is"));
        text_age(&text, snapshot, age);
        text_add(&text, " old");
    }
    if (time_is_known(context->deadline_ns))
        text_add(&text, "; the parent's deadline will end %s",
                 singular_or_plural(finding->count, "it", "the oldest"));
    if (context_identifying_stack(context) == SNAPSHOT_NONE)
        text_waiter(&text, snapshot, claim->subject);
    text_add(&text, ".");
}

const struct rule rule_lost_cancel = {
    .name = "lost-cancel",
    .catalogue = "C1, C2",
    .title = "A context that nobody can cancel any more",
    .advice = "Cancel the context on every path that leaves the work it was made for, errors "
              "included: in C with ctxt_scope or ctxt_cancel before ctxt_unref, in Go with defer "
              "cancel().",
    .severity = SEVERITY_HIGH,
    .check = check,
    .sentence = sentence,
};
