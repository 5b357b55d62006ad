/* What has only grown, as findings. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "ctxreport/duration.h"
#include "ctxreport/growth_groups.h"
#include "ctxreport/growth_state.h"
#include "findings/context_tree.h"
#include "findings/evidence.h"
#include "findings/text.h"

#define SENTENCE_SIZE 1024
#define MOST_PARENTS  3 /* that a sentence names */

static const struct rule growth_rule = {
    .name = "growing-site",
    .catalogue = "C2, C5, G20",
    .title = "A place that makes more and more",
    .advice = "Look at this place: what should end these, and does that happen on every path? "
              "Watch for longer, or under even load, to tell a leak from a program that is still "
              "warming up.",
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
    for (uint32_t i = 0; i < things && count < site->all.now; i++)
        if (groups[i] == site->key.group)
            claims[count++] = claim_about(telling, grown, i);
    return count;
}

/* ---- sentences ---- */

static uint32_t stack_labelled(const struct claim *claim, const char *label)
{
    for (int i = 0; i < CLAIM_STACKS && claim->stacks[i].label; i++)
        if (strcmp(claim->stacks[i].label, label) == 0)
            return claim->stacks[i].stack;
    return SNAPSHOT_NONE;
}

/* The stack with this label that more than half of the claims share, if there is one. */
static uint32_t usual_stack(const struct finding *finding, const char *label, uint32_t *sharing)
{
    uint32_t candidate = SNAPSHOT_NONE, lead = 0;
    for (uint32_t i = 0; i < finding->count; i++) {
        uint32_t stack = stack_labelled(&finding->claims[i], label);
        if (lead == 0)
            candidate = stack;
        lead += stack == candidate ? 1 : (uint32_t)-1;
    }
    *sharing = 0;
    for (uint32_t i = 0; i < finding->count; i++)
        *sharing += stack_labelled(&finding->claims[i], label) == candidate;
    return *sharing > finding->count / 2 ? candidate : SNAPSHOT_NONE;
}

/* The parent that all of them have, SNAPSHOT_NONE if they have different ones. */
static uint32_t common_parent(const struct snapshot *snapshot, const struct finding *finding)
{
    uint32_t parent = snapshot->contexts[finding->claims[0].subject].parent;
    for (uint32_t i = 1; i < finding->count; i++)
        if (snapshot->contexts[finding->claims[i].subject].parent != parent)
            return SNAPSHOT_NONE;
    return parent;
}

/* What a person would know the context by: its name, its key, or else its type. */
static void add_likeness(struct text *text, const struct snapshot *snapshot, uint32_t context)
{
    const struct snapshot_context *it = &snapshot->contexts[context];
    const snapshot_string words[] = {it->name, it->key, it->type};
    if (context_is_root_kind(it)) {
        text_add(text, "%s", context_kind_name(it->kind));
        return;
    }
    text_add(text, "a %s context", context_kind_name(it->kind));
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (!words[i])
            continue;
        text_add(text, " (%s)", snapshot_text(snapshot, words[i]));
        return;
    }
}

/* " below cancel context 17, below value context (main.key)": up to the first with a key or name.
 */
static void add_parents(struct text *text, const struct snapshot *snapshot,
                        const struct finding *finding)
{
    uint32_t context = snapshot->contexts[finding->claims[0].subject].parent;
    bool is_one = common_parent(snapshot, finding) != SNAPSHOT_NONE;
    for (int i = 0; i < MOST_PARENTS && context != SNAPSHOT_NONE; i++) {
        const struct snapshot_context *it = &snapshot->contexts[context];
        if (i > 0 && it->parent == SNAPSHOT_NONE)
            return; /* background says nothing more */
        text_add(text, i ? ", below " : " below ");
        if (i == 0 && is_one)
            text_context(text, snapshot, context);
        if (i == 0 && is_one && it->key)
            text_add(text, " (%s)", snapshot_text(snapshot, it->key));
        if (i > 0 || !is_one)
            add_likeness(text, snapshot, context);
        if (it->name || it->key)
            return;
        context = it->parent;
    }
}

static void add_subjects(struct text *text, const struct snapshot *snapshot,
                         const struct finding *finding)
{
    uint32_t created = stack_labelled(&finding->claims[0], "created");
    const struct snapshot_frame *frame = snapshot_top_frame(snapshot, created);
    const char *function = frame ? snapshot_text(snapshot, frame->function) : "";
    if (finding->claims[0].subject_kind == SUBJECT_TASK)
        text_add(text, "tasks created");
    else if (created != SNAPSHOT_NONE)
        text_add(text, "open contexts created");
    if (created != SNAPSHOT_NONE) {
        text_add(text, function[0] ? " in %s" : " here", function);
        return;
    }
    text_add(text, "open %s contexts",
             context_kind_name(snapshot->contexts[finding->claims[0].subject].kind));
    add_parents(text, snapshot, finding);
}

static void add_course(struct text *text, const struct growth *growth, const struct course *course,
                       int64_t first_ns)
{
    char length[DURATION_SIZE], from[NUMBER_SIZE], to[NUMBER_SIZE];
    text_add(text, " grew from %s to %s within %s", number_text(from, sizeof from, course->first),
             number_text(to, sizeof to, course->now),
             duration_text(length, sizeof length, growth->last_ns - first_ns));
    if (growth->looks > 2)
        text_add(text, ", in %u of %u looks, and never became fewer", course->rises, course->looks);
    text_add(text, ".");
}

/* Where most of them are, or are waited for. */
static void add_usual_place(struct text *text, const struct snapshot *snapshot,
                            const struct finding *finding)
{
    char count[NUMBER_SIZE];
    uint32_t sharing;
    bool tasks = finding->claims[0].subject_kind == SUBJECT_TASK;
    uint32_t stack = usual_stack(finding, tasks ? "is at" : "waited for", &sharing);
    if (stack == SNAPSHOT_NONE || !snapshot_top_frame(snapshot, stack))
        return;
    text_add(text, " %s of them are%s", number_text(count, sizeof count, sharing),
             tasks ? " now" : " waited for");
    text_place(text, "in", snapshot, stack);
    text_add(text, ".");
}

static char *sentence_of(const struct telling *telling, const struct grown_site *site,
                         const struct finding *finding)
{
    char sentence[SENTENCE_SIZE];
    struct text text = text_into(sentence, sizeof sentence);
    bool all = course_only_grows(telling->growth, &site->all);
    text_add(&text, all ? "The " : "Of the ");
    add_subjects(&text, telling->snapshot, finding);
    if (!all)
        text_add(&text, " more and more stay: those that were there at two looks");
    add_course(&text, telling->growth, all ? &site->all : &site->stayed, site->first_ns);
    add_usual_place(&text, telling->snapshot, finding);
    return strdup(sentence);
}

/* ---- findings ---- */

/* Distinct for contexts and tasks of one site, and from what rules make of the same site. */
static uint64_t fingerprint_of(const struct grown_site *site)
{
    uint64_t hash = site->key.group ^ UINT64_C(0x67726f77696e6721);
    return (hash + site->key.grown) * UINT64_C(0x9e3779b97f4a7c15);
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
                         struct finding *finding)
{
    struct claim *claims = calloc(site->all.now, sizeof *claims);
    if (!claims)
        return false;
    *finding = (struct finding){.rule = &growth_rule,
                                .confidence = CONFIDENCE_SUSPECT,
                                .fingerprint = fingerprint_of(site),
                                .count = add_claims(telling, site, claims),
                                .claims = claims};
    finding->site = site_to_show(telling->snapshot, finding);
    finding->sentence = sentence_of(telling, site, finding);
    return finding->sentence != NULL;
}

static int by_count(const void *a, const void *b)
{
    const struct finding *left = a, *right = b;
    return (left->count < right->count) - (left->count > right->count);
}

static bool grows_at_all(const struct growth *growth, const struct grown_site *site)
{
    return course_only_grows(growth, &site->all) || course_only_grows(growth, &site->stayed);
}

static bool make_findings(const struct telling *telling, struct findings *findings)
{
    struct grown_site *sites = telling->growth->sites;
    findings->items = calloc(HASH_COUNT(sites) + 1, sizeof *findings->items);
    bool good = findings->items != NULL;
    for (const struct grown_site *site = sites; good && site; site = site->hh.next) {
        if (grows_at_all(telling->growth, site))
            good = make_finding(telling, site, &findings->items[findings->count++]);
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
            return site->all.first;
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
