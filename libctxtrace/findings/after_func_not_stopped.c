/*
 * C29: functions registered to run when a context ends pile up on one that lives long.
 *
 * One registration that is never stopped is an idiom (clean up at shutdown); more than
 * max_registrations by the very same call on the same context, one without a deadline, are a pile.
 * Likely when nobody holds a handle to stop them any more, suspect when handles are not counted.
 * While handles are held somebody may yet stop them; then only more than max_children are suspect.
 */
#include "findings/context_tree.h"
#include "findings/creations.h"
#include "findings/evidence.h"
#include "findings/text.h"

#include <stdlib.h>

struct registration {
    uint32_t parent, stack, context;
    uint8_t held; /* enum fact_value: does somebody have the handle? */
};

static int compare_registrations(const void *left, const void *right)
{
    const struct registration *a = left, *b = right;
    if (a->parent != b->parent)
        return a->parent < b->parent ? -1 : 1;
    if (a->stack != b->stack)
        return a->stack < b->stack ? -1 : 1;
    if (a->held != b->held)
        return a->held < b->held ? -1 : 1;
    return (a->context > b->context) - (a->context < b->context);
}

static bool same_pile(const struct registration *a, const struct registration *b)
{
    return a->parent == b->parent && a->stack == b->stack && a->held == b->held;
}

static uint8_t is_held(const struct snapshot_context *context)
{
    if (!context->owners_counted)
        return FACT_UNKNOWN;
    return context->owners > 0 ? FACT_YES : FACT_NO;
}

static uint32_t collect(const struct snapshot *snapshot, const struct thresholds *thresholds,
                        const uint32_t *parents, struct registration *registrations)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < snapshot->context_count; i++) {
        const struct snapshot_context *it = &snapshot->contexts[i];
        if (it->kind != CONTEXT_AFTER_FUNC || it->state != CONTEXT_OPEN || it->stopped ||
            parents[i] == SNAPSHOT_NONE || it->deadline_ns != SNAPSHOT_NEVER)
            continue;
        const struct snapshot_context *parent = &snapshot->contexts[parents[i]];
        if (parent->state != CONTEXT_OPEN ||
            !has_settled(snapshot, parent->created_ns, thresholds) ||
            !has_settled(snapshot, it->created_ns, thresholds))
            continue;
        registrations[count++] =
            (struct registration){parents[i], context_identifying_stack(it), i, is_held(it)};
    }
    return count;
}

static void claim_pile(const struct snapshot *snapshot, const struct thresholds *thresholds,
                       const struct registration *pile, uint32_t count, struct claims *claims)
{
    uint32_t limit =
        pile->held == FACT_YES ? thresholds->max_children : thresholds->max_registrations;
    if (count <= limit)
        return;
    for (uint32_t i = 0; i < count; i++) {
        struct claim claim =
            claim_about_context(snapshot, pile[i].context,
                                pile->held == FACT_NO ? CONFIDENCE_LIKELY : CONFIDENCE_SUSPECT);
        claim.other = pile->parent;
        claim.number = pile->held;
        claim_add_stack(&claim, "parent created", snapshot->contexts[pile->parent].creation_stack);
        claims_add(claims, &claim);
    }
}

static void check(const struct snapshot *snapshot, const struct thresholds *thresholds,
                  struct claims *claims)
{
    if (snapshot->context_count == 0)
        return;
    uint32_t *parents = tree_linking_parents(snapshot);
    struct registration *registrations = malloc(snapshot->context_count * sizeof *registrations);
    if (!parents || !registrations) {
        claims_fail(claims);
    } else {
        uint32_t count = collect(snapshot, thresholds, parents, registrations);
        qsort(registrations, count, sizeof *registrations, compare_registrations);
        for (uint32_t start = 0, end; start < count; start = end) {
            for (end = start + 1; end < count; end++) {
                if (!same_pile(&registrations[start], &registrations[end]))
                    break;
            }
            claim_pile(snapshot, thresholds, &registrations[start], end - start, claims);
        }
    }
    free(parents);
    free(registrations);
}

static void sentence(const struct snapshot *snapshot, const struct finding *finding, char *out,
                     size_t size)
{
    struct text text = text_into(out, size);
    const struct claim *claim = &finding->claims[0];

    text_contexts(&text, snapshot, finding->count, "function was registered",
                  "functions were registered");
    text_created(&text, "in", snapshot, finding);
    text_add(&text, " to run after ");
    text_context(&text, snapshot, claim->other);
    text_add(&text, " ends, and not stopped: it is still open");
    if (claim->number == FACT_NO)
        text_add(&text, ", and nobody holds %s any more",
                 singular_or_plural(finding->count, "the handle", "their handles"));
    int64_t age = age_of_oldest(snapshot, finding);
    if (age >= 0) {
        text_add(&text, "; the oldest registration is ");
        text_age(&text, snapshot, age);
        text_add(&text, " old");
    }
    text_add(&text, ".");
}

const struct rule rule_after_func_not_stopped = {
    .name = "after-func-not-stopped",
    .catalogue = "C29",
    .title = "After-functions that pile up on a long-lived context",
    .advice = "Stop the registration when its work is done (ctxt_after_stop, in Go the function "
              "that AfterFunc returned), or register it on the request's own context.",
    .severity = SEVERITY_HIGH,
    .check = check,
    .sentence = sentence,
};
