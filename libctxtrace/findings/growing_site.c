/*
 * growing-site: a place of which there are more and more, by things that stay.
 *
 * One look proves nothing about growth; growth_verdict.c (and growth_pair.c, of two looks that lie
 * far apart) say what several do. It is only ever suspect: caches fill and servers warm up, too.
 */
#include "base/hash.h"
#include "findings/evidence.h"
#include "findings/findings_store.h"
#include "findings/growth_groups.h"
#include "findings/growth_sentence.h"
#include "findings/growth_state.h"

#include <stdlib.h>

/* What is needed to make the findings of one snapshot. */
struct growing {
    const struct growth *growth;
    const struct snapshot *snapshot;
    struct growth_groups groups;
    uint32_t *waiters; /* of each context: the stack of a task that waits for its end */
};

/* ---- claims ---- */

static bool find_waiters(struct growing *growing)
{
    const struct snapshot *snapshot = growing->snapshot;
    growing->waiters = malloc((snapshot->context_count + (size_t)1) * sizeof *growing->waiters);
    if (!growing->waiters)
        return false;
    for (uint32_t i = 0; i < snapshot->context_count; i++)
        growing->waiters[i] = SNAPSHOT_NONE;
    for (uint32_t i = 0; i < snapshot->wait_count; i++) {
        const struct snapshot_wait *wait = &snapshot->waits[i];
        const struct snapshot_object *object = &snapshot->objects[wait->object];
        uint32_t stack =
            wait->stack != SNAPSHOT_NONE ? wait->stack : snapshot->tasks[wait->task].stack;
        if (object->kind == OBJECT_CONTEXT && object->context != SNAPSHOT_NONE)
            growing->waiters[object->context] = stack;
    }
    return true;
}

/* Where it was made, and where it is, or is waited for, now. */
static struct claim claim_about(const struct growing *growing, enum grown grown, uint32_t index)
{
    const struct snapshot *snapshot = growing->snapshot;
    bool is_task = grown == GROWN_TASKS;
    uint32_t created =
        is_task ? snapshot->tasks[index].creation_stack : snapshot->contexts[index].creation_stack;
    uint32_t identifying =
        is_task ? created : context_identifying_stack(&snapshot->contexts[index]);
    struct claim claim = {.confidence = CONFIDENCE_SUSPECT,
                          .subject_kind = is_task ? SUBJECT_TASK : SUBJECT_CONTEXT,
                          .subject = index,
                          .site = identifying == SNAPSHOT_NONE ? SNAPSHOT_NONE
                                                               : snapshot->stacks[identifying].site,
                          .other = SNAPSHOT_NONE,
                          .since_ns = is_task ? snapshot->tasks[index].created_ns
                                              : snapshot->contexts[index].created_ns,
                          .likeness = is_task ? 0 : growing->groups.contexts[index]};
    claim_add_stack(&claim, "created", created);
    claim_add_stack(&claim, is_task ? "is at" : "waited for",
                    is_task ? snapshot->tasks[index].stack : growing->waiters[index]);
    return claim;
}

static uint32_t add_claims(const struct growing *growing, const struct grown_site *site,
                           struct claim *claims)
{
    enum grown grown = (enum grown)site->key.grown;
    const struct snapshot *snapshot = growing->snapshot;
    const uint64_t *groups =
        grown == GROWN_TASKS ? growing->groups.tasks : growing->groups.contexts;
    uint32_t things = grown == GROWN_TASKS ? snapshot->task_count : snapshot->context_count;
    uint32_t count = 0;
    for (uint32_t i = 0; i < things && count < site->now; i++)
        if (groups[i] == site->key.group)
            claims[count++] = claim_about(growing, grown, i);
    return count;
}

/* ---- findings ---- */

/* Distinct for contexts and tasks of one site, and from what rules make of the same site. */
static uint64_t fingerprint_of(const struct grown_site *site)
{
    uint64_t hash = site->key.group ^ UINT64_C(0x67726f77696e6721);
    return hash_scatter(hash + site->key.grown);
}

/* Of contexts whose creation nobody recorded: where they are waited for. */
static uint32_t site_to_show(const struct snapshot *snapshot, const struct finding *finding)
{
    uint32_t sharing;
    if (finding->claims[0].site != SNAPSHOT_NONE)
        return finding->claims[0].site;
    return site_of_stack(snapshot, usual_stack(finding, "waited for", &sharing));
}

/* The claims and the sentence are the caller's, also when it fails. */
static bool make_finding(const struct growing *growing, const struct grown_site *site,
                         const struct growth_verdict *verdict, struct finding *finding)
{
    struct claim *claims = calloc(site->now, sizeof *claims);
    *finding = (struct finding){0};
    if (!claims)
        return false;
    *finding = (struct finding){.confidence = CONFIDENCE_SUSPECT,
                                .fingerprint = fingerprint_of(site),
                                .count = add_claims(growing, site, claims),
                                .claims = claims};
    if (finding->count == 0)
        return true;
    finding->site = site_to_show(growing->snapshot, finding);
    finding->sentence = growth_sentence(growing->growth, growing->snapshot, verdict, finding);
    return finding->sentence != NULL;
}

static bool check_site(const struct growing *growing, const struct thresholds *thresholds,
                       const struct grown_site *site, struct findings *findings)
{
    struct growth_verdict verdict = growth_verdict_of(growing->growth, site);
    struct finding finding;
    if (verdict.kind == GROWS_NOT || site->now == 0 ||
        verdict.to < (uint64_t)verdict.from + thresholds->min_growth)
        return true;
    bool made = make_finding(growing, site, &verdict, &finding);
    return findings_take(findings, &finding) && made;
}

static bool check(const struct growth *growth, const struct snapshot *snapshot,
                  const struct thresholds *thresholds, struct findings *findings)
{
    struct growing growing = {.growth = growth, .snapshot = snapshot};
    bool good = growth_groups_make(snapshot, &growing.groups) && find_waiters(&growing);
    for (const struct grown_site *site = growth->sites; good && site; site = site->hh.next)
        good = check_site(&growing, thresholds, site, findings);
    growth_groups_free(&growing.groups);
    free(growing.waiters);
    return good;
}

uint32_t growth_first_count(const struct growth *growth, const struct finding *finding)
{
    for (const struct grown_site *site = growth->sites; site; site = site->hh.next)
        if (fingerprint_of(site) == finding->fingerprint)
            return site->cohorts.born[0];
    return 0;
}

const struct rule rule_growing_site = {
    .name = "growing-site",
    .catalogue = "C2, C5, G20",
    .title = "A place that makes more and more",
    .advice = "Look at this place: what should end these, and does that happen on every path? "
              "Watch for longer to tell a leak from a program that is still warming up: what has "
              "stopped growing is no longer listed.",
    .severity = SEVERITY_MEDIUM,
    .check_over_time = check,
};
