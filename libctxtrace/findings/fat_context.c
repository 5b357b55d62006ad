/*
 * C6: `c = with_something(c)` in a loop, so that the chain of contexts grows with every turn.
 *
 * What tells a loop from a chain that was built line by line is that the very same call, with the
 * same addresses on its stack, made several contexts of one ancestry. (Sites will not do: they have
 * no lines, and three values set in one function are no loop. Nor does recursion look like a loop:
 * each level has a deeper stack. Only where the recorded part of a stack ends before the stack
 * does, all levels look the same; so a truncated stack tells nothing here.) Value contexts count
 * only if they set the same key: a loop that sets many different keys is a store of data, not a
 * growing chain.
 *
 * The very same call more than max_depth times above itself is proved; max_repeats times is likely;
 * a chain that is deeper than max_depth without repeating is suspect.
 *
 * One pass over the tree keeps, for each call, how often it is on the path from the root to here.
 */
#include "findings/context_tree.h"
#include "findings/evidence.h"
#include "findings/text.h"

#include <stdlib.h>

/* For each context. Ancestry is the path from the root to it. */
struct chain {
    uint32_t *previous; /* the nearest context above that the same call made, or SNAPSHOT_NONE */
    uint32_t *repeats;  /* how many of the ancestry that call made, this one included */
    uint32_t *below;    /* the greatest depth in its subtree */
    bool *goes_on;      /* the same call made another one below */
    bool *covered;      /* a chain that was claimed as a loop runs through it */
    uint32_t *latest;   /* of each stack: the context on the present path that it made last */
};

/* Is this one more turn of the loop that made the other? */
static bool same_call(const struct snapshot_context *a, const struct snapshot_context *b)
{
    return a->kind == b->kind && (a->kind != CONTEXT_VALUE || (a->key != 0 && a->key == b->key));
}

static bool tells_calls_apart(const struct snapshot *snapshot, uint32_t stack)
{
    return stack != SNAPSHOT_NONE && !snapshot->stacks[stack].truncated;
}

static void enter(const struct snapshot *snapshot, struct chain *chain, uint32_t context)
{
    const struct snapshot_context *it = &snapshot->contexts[context];
    chain->below[context] = it->depth;
    chain->repeats[context] = 1;
    chain->previous[context] = SNAPSHOT_NONE;
    uint32_t stack = context_identifying_stack(it);
    if (!tells_calls_apart(snapshot, stack))
        return;
    uint32_t previous = chain->latest[stack];
    chain->previous[context] = previous;
    if (previous != SNAPSHOT_NONE && same_call(it, &snapshot->contexts[previous])) {
        chain->repeats[context] = chain->repeats[previous] + 1;
        chain->goes_on[previous] = true;
    }
    chain->latest[stack] = context;
}

static void leave(const struct snapshot *snapshot, struct chain *chain, uint32_t context)
{
    const struct snapshot_context *it = &snapshot->contexts[context];
    uint32_t stack = context_identifying_stack(it);
    if (tells_calls_apart(snapshot, stack))
        chain->latest[stack] = chain->previous[context];
    if (it->parent != SNAPSHOT_NONE && chain->below[it->parent] < chain->below[context])
        chain->below[it->parent] = chain->below[context];
}

static void walk(const struct snapshot *snapshot, struct chain *chain)
{
    const struct snapshot_context *contexts = snapshot->contexts;
    uint32_t context = snapshot->first_root;
    while (context != SNAPSHOT_NONE) {
        enter(snapshot, chain, context);
        if (contexts[context].first_child != SNAPSHOT_NONE) {
            context = contexts[context].first_child;
            continue;
        }
        while (context != SNAPSHOT_NONE && contexts[context].next_sibling == SNAPSHOT_NONE) {
            leave(snapshot, chain, context);
            context = contexts[context].parent;
        }
        if (context == SNAPSHOT_NONE)
            return;
        leave(snapshot, chain, context);
        context = contexts[context].next_sibling;
    }
}

static void cover(const struct snapshot *snapshot, struct chain *chain, uint32_t context)
{
    while (context != SNAPSHOT_NONE && !chain->covered[context]) {
        chain->covered[context] = true;
        context = snapshot->contexts[context].parent;
    }
}

static void claim_loops(const struct snapshot *snapshot, const struct thresholds *thresholds,
                        struct chain *chain, struct claims *claims)
{
    for (uint32_t i = 0; i < snapshot->context_count; i++) {
        uint32_t repeats = chain->repeats[i];
        if (repeats < 2 || repeats < thresholds->max_repeats || chain->goes_on[i])
            continue;
        bool certain = repeats > thresholds->max_depth;
        struct claim claim =
            claim_about_context(snapshot, i, certain ? CONFIDENCE_PROVED : CONFIDENCE_LIKELY);
        claim.number = repeats;
        claims_add(claims, &claim);
        cover(snapshot, chain, i);
    }
}

/* Claims where a chain becomes too deep, once for all that hangs there. */
static void claim_depths(const struct snapshot *snapshot, const struct thresholds *thresholds,
                         const struct chain *chain, struct claims *claims)
{
    for (uint32_t i = 0; i < snapshot->context_count; i++) {
        if (chain->covered[i] || snapshot->contexts[i].depth != thresholds->max_depth + 1)
            continue;
        struct claim claim = claim_about_context(snapshot, i, CONFIDENCE_SUSPECT);
        claim.number = chain->below[i];
        claims_add(claims, &claim);
    }
}

static void check(const struct snapshot *snapshot, const struct thresholds *thresholds,
                  struct claims *claims)
{
    size_t count = snapshot->context_count;
    if (count == 0)
        return;
    struct chain chain = {
        .previous = malloc(count * sizeof *chain.previous),
        .repeats = calloc(count, sizeof *chain.repeats),
        .below = calloc(count, sizeof *chain.below),
        .goes_on = calloc(count, sizeof *chain.goes_on),
        .covered = calloc(count, sizeof *chain.covered),
        .latest = malloc((snapshot->stack_count + (size_t)1) * sizeof *chain.latest),
    };
    if (chain.previous && chain.repeats && chain.below && chain.goes_on && chain.covered &&
        chain.latest) {
        for (uint32_t i = 0; i < snapshot->stack_count; i++)
            chain.latest[i] = SNAPSHOT_NONE;
        walk(snapshot, &chain);
        claim_loops(snapshot, thresholds, &chain, claims);
        claim_depths(snapshot, thresholds, &chain, claims);
    } else {
        claims_fail(claims);
    }
    free(chain.previous);
    free(chain.repeats);
    free(chain.below);
    free(chain.goes_on);
    free(chain.covered);
    free(chain.latest);
}

static int64_t greatest_number(const struct finding *finding)
{
    int64_t greatest = 0;
    for (uint32_t i = 0; i < finding->count; i++) {
        if (finding->claims[i].number > greatest)
            greatest = finding->claims[i].number;
    }
    return greatest;
}

static void sentence(const struct snapshot *snapshot, const struct finding *finding, char *out,
                     size_t size)
{
    struct text text = text_into(out, size);
    const struct snapshot_context *context = &snapshot->contexts[finding->claims[0].subject];
    int64_t greatest = greatest_number(finding);
    if (finding->confidence == CONFIDENCE_SUSPECT) {
        text_count(&text, finding->count, "chain of contexts is", "chains of contexts are");
        text_add(&text, " %s%lld deep", finding->count == 1 ? "" : "up to ", (long long)greatest);
        text_place(&text, "at one created in", snapshot, context->creation_stack);
        text_add(&text, ".");
        return;
    }
    text_count(&text, finding->count, "chain of contexts wraps", "chains of contexts wrap");
    text_add(&text, " the context of the turn before: the same call");
    text_place(&text, "in", snapshot, context->creation_stack);
    text_add(&text, " made %s%lld contexts of one ancestry; %s %u deep.",
             finding->count == 1 ? "" : "up to ", (long long)greatest,
             singular_or_plural(finding->count, "it is", "the oldest is"), context->depth);
}

const struct rule rule_fat_context = {
    .name = "fat-context",
    .catalogue = "C6",
    .title = "A chain of contexts that grows with every turn of a loop",
    .advice = "Derive each turn's context from the one before the loop, in a variable of its own, "
              "and end it before the next turn.",
    .severity = SEVERITY_HIGH,
    .check = check,
    .sentence = sentence,
};
