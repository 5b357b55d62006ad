/*
 * G13: the only thing that can still wake this task is that a parent of its context ends.
 *
 * A task that waits for the end of the whole program does that on purpose, so a few are suspect;
 * more than max_registrations at one place are likely to be a pile that grows until then. Never
 * proved: that it is not meant so does not show.
 */
#include "findings/context_tree.h"
#include "findings/evidence.h"
#include "findings/text.h"
#include "findings/waiting.h"

#include <stdlib.h>

/*
 * Is there a context among those that end the wait which can be cancelled by itself? (What cancels
 * a value context is the context above it.)
 */
static bool can_be_cancelled(const struct snapshot *snapshot, const uint32_t *parents,
                             uint32_t context)
{
    if (context == SNAPSHOT_NONE)
        return false;
    if (snapshot->contexts[context].kind == CONTEXT_VALUE)
        context = parents[context];
    return context != SNAPSHOT_NONE && snapshot->contexts[context].cancellable.value != FACT_NO &&
           snapshot->contexts[context].held_only_by_parent.value != FACT_YES;
}

static uint32_t wait_for_lost_context(const struct snapshot *snapshot, const uint32_t *parents,
                                      const struct snapshot_task *task, uint32_t *lost)
{
    uint32_t found = SNAPSHOT_NONE;
    for (uint32_t i = 0; i < task->wait_count; i++) {
        const struct snapshot_wait *wait = &snapshot->waits[task->first_wait + i];
        uint32_t contexts[] = {wait->bounded_by, snapshot->objects[wait->object].context};
        for (int which = 0; which < 2; which++) {
            if (which == 1 && snapshot->objects[wait->object].kind != OBJECT_CONTEXT)
                continue;
            if (can_be_cancelled(snapshot, parents, contexts[which]))
                return SNAPSHOT_NONE;
            if (contexts[which] == SNAPSHOT_NONE || found != SNAPSHOT_NONE)
                continue;
            found = task->first_wait + i;
            *lost = contexts[which];
        }
    }
    return found;
}

static void collect(const struct snapshot *snapshot, const struct thresholds *thresholds,
                    const uint32_t *parents, uint32_t *by_site, bool claiming,
                    struct claims *claims)
{
    for (uint32_t i = 0; i < snapshot->task_count; i++) {
        const struct snapshot_task *it = &snapshot->tasks[i];
        if (it->state != TASK_WAITING || !task_is_programs_own(it) || it->main ||
            it->wakeable.value != FACT_YES || it->wakeable_without_parent.value != FACT_NO)
            continue;
        uint32_t lost = SNAPSHOT_NONE;
        uint32_t wait = wait_for_lost_context(snapshot, parents, it, &lost);
        if (wait == SNAPSHOT_NONE ||
            wait_settling(snapshot, &snapshot->waits[wait], thresholds) != SETTLED)
            continue;
        struct claim claim = claim_about_task(snapshot, i, wait, CONFIDENCE_SUSPECT);
        uint32_t *at_site =
            &by_site[claim.site == SNAPSHOT_NONE ? snapshot->site_count : claim.site];
        if (!claiming) {
            ++*at_site;
            continue;
        }
        if (*at_site > thresholds->max_registrations)
            claim.confidence = CONFIDENCE_LIKELY;
        claim.other = lost;
        claim_add_stack(&claim, "context created", snapshot->contexts[lost].creation_stack);
        claims_add(claims, &claim);
    }
}

static void check(const struct snapshot *snapshot, const struct thresholds *thresholds,
                  struct claims *claims)
{
    if (snapshot->context_count == 0 || snapshot->task_count == 0)
        return;
    uint32_t *parents = tree_linking_parents(snapshot);
    uint32_t *by_site = calloc(snapshot->site_count + (size_t)1, sizeof *by_site);
    if (parents && by_site) {
        collect(snapshot, thresholds, parents, by_site, false, claims);
        collect(snapshot, thresholds, parents, by_site, true, claims);
    } else {
        claims_fail(claims);
    }
    free(parents);
    free(by_site);
}

static void sentence(const struct snapshot *snapshot, const struct finding *finding, char *out,
                     size_t size)
{
    struct text text = text_into(out, size);
    const struct claim *claim = &finding->claims[0];

    text_count(&text, finding->count, "task waits", "tasks wait");
    text_place(&text, "in", snapshot,
               claim->stacks[0].label ? claim->stacks[0].stack : SNAPSHOT_NONE);
    text_add(&text, " for what can only end when a parent of %s context ends: %s",
             singular_or_plural(finding->count, "its", "their"),
             finding->count == 1 ? "" : "for one, ");
    text_context(&text, snapshot, claim->other);
    text_add(&text, " itself cannot be cancelled");
    int64_t age = age_of_oldest(snapshot, finding);
    if (age >= 0) {
        text_add(&text, "; the %swait is ", finding->count == 1 ? "" : "oldest ");
        text_age(&text, snapshot, age);
        text_add(&text, " old");
    }
    text_add(&text, ".");
}

const struct rule rule_wakes_only_by_parent = {
    .name = "wakes-only-by-parent",
    .catalogue = "C1, G13",
    .title = "A task that only a parent's end can wake",
    .advice = "If the task belongs to a request, cancel its context when the request is over. If "
              "it is to run until the program ends, nothing is wrong.",
    .severity = SEVERITY_MEDIUM,
    .check = check,
    .sentence = sentence,
};
