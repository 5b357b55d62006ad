/* What has grown and still does, as findings. */
#include <stdlib.h>

#include "base/hash.h"
#include "ctxreport/growth_groups.h"
#include "ctxreport/growth_sentence.h"
#include "ctxreport/growth_state.h"
#include "findings/evidence.h"

static const struct rule growth_rule = {
    .name = "growing-site",
    .catalogue = "C2, C5, G20",
    .title = "A place that makes more and more",
    .advice = "Look at this place: what should end these, and does that happen on every path? "
              "Watch for longer to tell a leak from a program that is still warming up: what has "
              "stopped growing is no longer listed.",
    .severity = SEVERITY_MEDIUM,
};

/* What is needed to make the findings of one snapshot. */
struct telling {
    const struct growth *growth;
    const struct snapshot *snapshot;
    struct growth_groups groups;
    uint32_t *waiters; /* of each context: the stack of a task that waits for its end */
};

/* ---- claims ---- */

static bool find_waiters(struct telling *telling)
{
    const struct snapshot *snapshot = telling->snapshot;
    telling->waiters = malloc((snapshot->context_count + (size_t)1) * sizeof *telling->waiters);
    if (!telling->waiters)
        return false;
    for (uint32_t i = 0; i < snapshot->context_count; i++)
        telling->waiters[i] = SNAPSHOT_NONE;
    for (uint32_t i = 0; i < snapshot->wait_count; i++) {
        const struct snapshot_wait *wait = &snapshot->waits[i];
        const struct snapshot_object *object = &snapshot->objects[wait->object];
        uint32_t stack =
            wait->stack != SNAPSHOT_NONE ? wait->stack : snapshot->tasks[wait->task].stack;
        if (object->kind == OBJECT_CONTEXT && object->context != SNAPSHOT_NONE)
            telling->waiters[object->context] = stack;
    }
    return true;
}

/* Where it was made, and where it is, or is waited for, now. */
static struct claim claim_about(const struct telling *telling, enum grown grown, uint32_t index)
{
    const struct snapshot *snapshot = telling->snapshot;
    bool is_task = grown == GROWN_TASKS;
    uint32_t created =
        is_task ? snapshot->tasks[index].creation_stack : snapshot->contexts[index].creation_stack;
    struct claim claim = {.confidence = CONFIDENCE_SUSPECT,
                          .subject_kind = is_task ? SUBJECT_TASK : SUBJECT_CONTEXT,
                          .subject = index,
                          .site = created == SNAPSHOT_NONE ? SNAPSHOT_NONE
                                                           : snapshot->stacks[created].site,
                          .other = SNAPSHOT_NONE,
                          .since_ns = is_task ? snapshot->tasks[index].created_ns
                                              : snapshot->contexts[index].created_ns,
                          .likeness = is_task ? 0 : telling->groups.contexts[index]};
    claim_add_stack(&claim, "created", created);
    claim_add_stack(&claim, is_task ? "is at" : "waited for",
                    is_task ? snapshot->tasks[index].stack : telling->waiters[index]);
    return claim;
}

static uint32_t add_claims(const struct telling *telling, const struct grown_site *site,
                           struct claim *claims)
{
    enum grown grown = (enum grown)site->key.grown;
    const struct snapshot *snapshot = telling->snapshot;
    const uint64_t *groups =
        grown == GROWN_TASKS ? telling->groups.tasks : telling->groups.contexts;
    uint32_t things = grown == GROWN_TASKS ? snapshot->task_count : snapshot->context_count;
    uint32_t count = 0;
    for (uint32_t i = 0; i < things && count < site->now; i++)
        if (groups[i] == site->key.group)
            claims[count++] = claim_about(telling, grown, i);
    return count;
}

/* ---- findings ---- */

/* Distinct for contexts and tasks of one site, and from what rules make of the same site. */
static uint64_t fingerprint_of(const struct grown_site *site)
{
    uint64_t hash = site->key.group ^ UINT64_C(0x67726f77696e6721);
    return hash_scatter(hash + site->key.grown);
}

/* Of contexts whose creation nobody remembers: where they are waited for. */
static uint32_t site_to_show(const struct snapshot *snapshot, const struct finding *finding)
{
    uint32_t sharing;
    if (finding->claims[0].site != SNAPSHOT_NONE)
        return finding->claims[0].site;
    return site_of_stack(snapshot, usual_stack(finding, "waited for", &sharing));
}

static bool make_finding(const struct telling *telling, const struct grown_site *site,
                         const struct growth_verdict *verdict, struct finding *finding)
{
    struct claim *claims = calloc(site->now, sizeof *claims);
    if (!claims)
        return false;
    *finding = (struct finding){.rule = &growth_rule,
                                .confidence = CONFIDENCE_SUSPECT,
                                .fingerprint = fingerprint_of(site),
                                .count = add_claims(telling, site, claims),
                                .claims = claims};
    finding->site = site_to_show(telling->snapshot, finding);
    finding->sentence = growth_sentence(telling->growth, telling->snapshot, verdict, finding);
    return finding->sentence != NULL;
}

static int by_count(const void *a, const void *b)
{
    const struct finding *left = a, *right = b;
    return (left->count < right->count) - (left->count > right->count);
}

static bool make_findings(const struct telling *telling, struct findings *findings)
{
    struct grown_site *sites = telling->growth->sites;
    findings->items = calloc(HASH_COUNT(sites) + 1, sizeof *findings->items);
    bool good = findings->items != NULL;
    for (const struct grown_site *site = sites; good && site; site = site->hh.next) {
        struct growth_verdict verdict = growth_verdict_of(telling->growth, site);
        if (verdict.kind != GROWS_NOT && site->now > 0)
            good = make_finding(telling, site, &verdict, &findings->items[findings->count++]);
    }
    if (good)
        qsort(findings->items, findings->count, sizeof *findings->items, by_count);
    return good;
}

struct findings *growth_findings(const struct growth *growth, const struct snapshot *snapshot)
{
    struct telling telling = {.growth = growth, .snapshot = snapshot};
    struct findings *findings = calloc(1, sizeof *findings);
    bool good = growth_groups_make(snapshot, &telling.groups) && find_waiters(&telling) &&
                findings && make_findings(&telling, findings);
    growth_groups_free(&telling.groups);
    free(telling.waiters);
    if (good)
        return findings;
    growth_findings_free(findings);
    return NULL;
}

uint32_t growth_first_count(const struct growth *growth, const struct finding *finding)
{
    for (const struct grown_site *site = growth->sites; site; site = site->hh.next)
        if (fingerprint_of(site) == finding->fingerprint)
            return site->cohorts.born[0];
    return 0;
}

void growth_findings_free(struct findings *findings)
{
    if (!findings)
        return;
    for (uint32_t i = 0; findings->items && i < findings->count; i++) {
        void *claims = (void *)(uintptr_t)findings->items[i].claims;
        free(claims);
        free(findings->items[i].sentence);
    }
    free(findings->items);
    free(findings);
}
