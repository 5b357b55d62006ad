/*
 * C5: a context that lives long gathers children that nobody uses.
 *
 * Counted are open children that are old enough, can still be cancelled (else it is a lost cancel),
 * and that no task, wait or after-function of theirs uses. A busy server has many children, too, so
 * this is at most suspect; growth shows only between two snapshots.
 */
#include "findings/context_tree.h"
#include "findings/evidence.h"
#include "findings/text.h"

#include <stdlib.h>

static bool is_idle(const struct snapshot *snapshot, const struct thresholds *thresholds,
                    uint32_t child, const bool *in_use)
{
    const struct snapshot_context *it = &snapshot->contexts[child];
    bool can_pile = it->kind == CONTEXT_CANCEL || it->kind == CONTEXT_DEADLINE;
    return can_pile && it->state == CONTEXT_OPEN && it->cancellable.value != FACT_NO &&
           it->held_only_by_parent.value != FACT_YES && !in_use[child] &&
           has_settled(snapshot, it->created_ns, thresholds);
}

struct pile {
    uint32_t *by_site; /* idle children of each site; all 0 between parents */
    const bool *in_use;
};

static uint32_t *count_of(const struct snapshot *snapshot, uint32_t child, struct pile *pile)
{
    uint32_t stack = context_identifying_stack(&snapshot->contexts[child]);
    uint32_t site = site_of_stack(snapshot, stack);
    return &pile->by_site[site == SNAPSHOT_NONE ? snapshot->site_count : site];
}

/* Its creation stack says nothing about the other children. */
static bool was_sampled(const struct snapshot *snapshot, uint32_t child)
{
    const struct snapshot_context *it = &snapshot->contexts[child];
    return it->creation_sampled && it->creation_stack != SNAPSHOT_NONE;
}

/* Counts or uncounts the children of one parent; returns the idle one of the most numerous site. */
static uint32_t tally(const struct snapshot *snapshot, const struct thresholds *thresholds,
                      uint32_t parent, struct pile *pile, uint32_t *most)
{
    uint32_t example = SNAPSHOT_NONE;
    *most = 0;
    uint32_t child = snapshot->contexts[parent].first_child;
    for (; child != SNAPSHOT_NONE; child = snapshot->contexts[child].next_sibling) {
        if (!is_idle(snapshot, thresholds, child, pile->in_use))
            continue;
        uint32_t *count = count_of(snapshot, child, pile);
        if (++*count <= *most)
            continue;
        *most = *count;
        if (example == SNAPSHOT_NONE || !was_sampled(snapshot, example))
            example = child;
    }
    for (child = snapshot->contexts[parent].first_child; child != SNAPSHOT_NONE;
         child = snapshot->contexts[child].next_sibling)
        *count_of(snapshot, child, pile) = 0;
    return example;
}

static void look_at(const struct snapshot *snapshot, const struct thresholds *thresholds,
                    uint32_t parent, struct pile *pile, struct claims *claims)
{
    const struct snapshot_context *it = &snapshot->contexts[parent];
    if (it->child_count <= thresholds->max_children || it->state != CONTEXT_OPEN ||
        it->deadline_ns != SNAPSHOT_NEVER ||
        (context_is_root_kind(it) && snapshot->program.collected))
        return;
    uint32_t most;
    uint32_t example = tally(snapshot, thresholds, parent, pile, &most);
    if (most <= thresholds->max_children)
        return;
    struct claim claim = claim_about_context(snapshot, example, CONFIDENCE_SUSPECT);
    claim.subject = parent;
    claim.other = example;
    claim.since_ns = it->created_ns;
    claim.number = most;
    if (claim.stacks[0].label)
        claim.stacks[0].label =
            was_sampled(snapshot, example) ? "one child created" : "children created";
    claim_add_stack(&claim, "created", it->creation_stack);
    claims_add(claims, &claim);
}

static void check(const struct snapshot *snapshot, const struct thresholds *thresholds,
                  struct claims *claims)
{
    if (snapshot->context_count == 0)
        return;
    bool *in_use = tree_in_use(snapshot);
    struct pile pile = {
        .by_site = calloc(snapshot->site_count + (size_t)1, sizeof *pile.by_site),
        .in_use = in_use,
    };
    if (!in_use || !pile.by_site)
        claims_fail(claims);
    for (uint32_t i = 0; in_use && pile.by_site && i < snapshot->context_count; i++)
        look_at(snapshot, thresholds, i, &pile, claims);
    free(pile.by_site);
    free(in_use);
}

static void sentence(const struct snapshot *snapshot, const struct finding *finding, char *out,
                     size_t size)
{
    struct text text = text_into(out, size);
    const struct claim *claim = &finding->claims[0];
    text_context(&text, snapshot, claim->subject);
    text_add(&text, " has ");
    text_count(&text, (uint64_t)claim->number, "open child", "open children");
    text_place(&text,
               was_sampled(snapshot, claim->other) ? "(one of them created in" : "created in",
               snapshot, snapshot->contexts[claim->other].creation_stack);
    text_add(&text, "%s that no task uses", was_sampled(snapshot, claim->other) ? ")" : "");
    int64_t age = age_of_oldest(snapshot, finding);
    if (age >= 0) {
        text_add(&text, "; it is ");
        text_age(&text, snapshot, age);
        text_add(&text, " old");
    }
    if (finding->count > 1)
        text_add(&text, ", and so it is with %u more", finding->count - 1);
    text_add(&text, ".");
}

const struct rule rule_child_pile_up = {
    .name = "child-pile-up",
    .catalogue = "C5",
    .title = "A long-lived context that gathers children",
    .advice = "Cancel each child when its work is done. If the children are meant to live as long "
              "as their parent, raise the limit.",
    .severity = SEVERITY_HIGH,
    .check = check,
    .sentence = sentence,
};
