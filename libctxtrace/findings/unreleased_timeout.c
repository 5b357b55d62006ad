/*
 * C3: the work is over, but its timeout was not cancelled: timer and link stay until the deadline.
 *
 * Proved when nobody is left who could cancel it, and no task works under it or waits for it. While
 * one does the work is not over, and its timeout may well be meant to last: then it is likely that
 * nobody will cancel it when it is over. Excluded are owners (counted), changes that were lost, and
 * contexts that have ended with an ancestor meanwhile (see segment/reading.h). Suspected when an
 * owner's reference is left, but the task that made it has ended and no task, wait or child uses
 * it.
 */
#include "findings/context_tree.h"
#include "findings/creations.h"
#include "findings/evidence.h"
#include "findings/text.h"
#include "findings/whereabouts.h"

#include <stdlib.h>

static bool work_is_over(const struct snapshot *snapshot, const struct snapshot_context *context,
                         bool in_use)
{
    if (in_use || context->first_child != SNAPSHOT_NONE || !context->owners_counted ||
        context->observers > 0 || context->creator_task == SNAPSHOT_NONE)
        return false;
    return snapshot->tasks[context->creator_task].state == TASK_EXITED;
}

static void look_at(const struct snapshot *snapshot, uint32_t context, bool in_use, bool waited_for,
                    struct claims *claims)
{
    const struct snapshot_context *it = &snapshot->contexts[context];
    struct fact cancellable = it->cancellable;
    bool only_parent =
        it->held_only_by_parent.value == FACT_YES && !(waited_for && snapshot->program.collected);
    struct claim claim = claim_about_context(snapshot, context, CONFIDENCE_PROVED);
    claim.number = time_left(snapshot, it->deadline_ns);
    claim_whereabouts(&claim, snapshot);

    if (cancellable.value == FACT_YES) {
        if (!work_is_over(snapshot, it, in_use))
            return;
        claim.confidence = CONFIDENCE_SUSPECT;
        claim_add_stack(&claim, "creator started",
                        snapshot->tasks[it->creator_task].creation_stack);
    } else if (cancellable.value == FACT_UNKNOWN && !only_parent) {
        enum precondition missing =
            cancellable.missing ? cancellable.missing : PRECONDITION_NOT_OBSERVABLE;
        if (it->owners_counted && it->owners > 0)
            return;
        if (!it->owners_counted) {
            claims_withhold(claims, missing);
            return;
        }
        claim.confidence = CONFIDENCE_LIKELY;
        claim.missing = missing;
    }
    if (in_use && claim.confidence == CONFIDENCE_PROVED) {
        claim.confidence = CONFIDENCE_LIKELY;
        claim.other = context; /* is in use: see the sentence */
    }
    claims_add(claims, &claim);
}

static void check(const struct snapshot *snapshot, const struct thresholds *thresholds,
                  struct claims *claims)
{
    if (snapshot->context_count == 0)
        return;
    bool *in_use = tree_in_use(snapshot);
    bool *waited_for = tree_waited_for(snapshot);
    if (!in_use || !waited_for)
        claims_fail(claims);
    for (uint32_t i = 0; in_use && waited_for && i < snapshot->context_count; i++) {
        const struct snapshot_context *it = &snapshot->contexts[i];
        if (it->kind == CONTEXT_DEADLINE && it->state == CONTEXT_OPEN &&
            time_left(snapshot, it->deadline_ns) > 0 &&
            has_settled(snapshot, it->created_ns, thresholds))
            look_at(snapshot, i, in_use[i], waited_for[i], claims);
    }
    free(in_use);
    free(waited_for);
}

static void add_use(struct text *text, const struct finding *finding, int64_t longest)
{
    const char *it = singular_or_plural(finding->count, "it", "them");
    text_add(text, " will probably not be cancelled when the work is over: a task works under %s, ",
             it);
    text_add(text, "and all owners of %s are gone; %s timer and link to the parent stay for %s", it,
             singular_or_plural(finding->count, "its", "their"),
             singular_or_plural(finding->count, "another ", "up to another "));
    text_duration(text, longest);
    text_add(text, ".");
}

static void sentence(const struct snapshot *snapshot, const struct finding *finding, char *out,
                     size_t size)
{
    struct text text = text_into(out, size);
    const struct snapshot_context *context = &snapshot->contexts[finding->claims[0].subject];
    int64_t longest = 0;
    for (uint32_t i = 0; i < finding->count; i++) {
        if (finding->claims[i].number > longest)
            longest = finding->claims[i].number;
    }

    text_contexts(&text, snapshot, finding->count, "context with a deadline",
                  "contexts with a deadline");
    text_created(&text, "created in", snapshot, finding);
    text_whereabouts(&text, snapshot, finding->claims[0].subject);
    if (finding->claims[0].other != SNAPSHOT_NONE) {
        add_use(&text, finding, longest);
        return;
    }
    text_add(&text, " %s not cancelled when the work was over",
             singular_or_plural(finding->count, "was", "were"));
    if (finding->confidence == CONFIDENCE_SUSPECT)
        text_add(&text, ": the %s that made %s ended, and nothing uses %s",
                 singular_or_plural(finding->count, "task", "tasks"),
                 singular_or_plural(finding->count, "it has", "them have"),
                 singular_or_plural(finding->count, "it", "them"));
    else if (context->owners_counted)
        text_add(&text, ": all owners are gone");
    else
        text_add(&text, ": nothing that could cancel %s is reachable",
                 singular_or_plural(finding->count, "it", "them"));
    text_add(&text, "; %s timer and link to the parent stay for %s",
             singular_or_plural(finding->count, "its", "their"),
             singular_or_plural(finding->count, "another ", "up to another "));
    text_duration(&text, longest);
    text_add(&text, ".");
}

const struct rule rule_unreleased_timeout = {
    .name = "unreleased-timeout",
    .catalogue = "C3",
    .title = "A timeout that outlives its work",
    .advice = "Cancel a context with a deadline as soon as its work is done, also when the work "
              "succeeded: in C with ctxt_scope or ctxt_cancel before ctxt_unref, in Go with defer "
              "cancel().",
    .severity = SEVERITY_MEDIUM,
    .check = check,
    .sentence = sentence,
};
