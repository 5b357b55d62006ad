#include "ctxreport/growth.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "ctxreport/duration.h"
#include "ctxreport/insert.h"

enum grown { GROWN_CONTEXTS, GROWN_TASKS, GROWN_COUNT };

static const char *const grown_names[GROWN_COUNT] = {
    [GROWN_CONTEXTS] = "contexts", [GROWN_TASKS] = "tasks"};

static const struct rule growth_rule = {
    .name = "growing-site",
    .catalogue = "C2, C5, G20",
    .title = "A place that makes more and more",
    .advice = "Look at this place: what should end these, and does that happen on every path? "
              "Watch for longer, or under even load, to tell a leak from a program that is still "
              "warming up.",
    .severity = SEVERITY_MEDIUM,
};

struct site_key {
    uint64_t fingerprint;
    uint64_t grown; /* enum grown, as wide as the other so that there is no padding */
};

struct grown_site {
    struct site_key key;
    uint32_t count, count_before, count_first;
    uint32_t looks, rises;
    bool dropped;
    int64_t first_ns; /* of the look that saw it first */
    UT_hash_handle hh;
};

struct growth {
    struct grown_site *sites;
    uint32_t looks;
    int64_t last_ns;
    struct growth_totals last, before;
};

struct growth *growth_new(void)
{
    return calloc(1, sizeof(struct growth));
}

void growth_free(struct growth *growth)
{
    if (!growth)
        return;
    struct grown_site *site, *next;
    HASH_ITER(hh, growth->sites, site, next)
    {
        HASH_DEL(growth->sites, site);
        free(site);
    }
    free(growth);
}

struct growth_totals growth_last(const struct growth *growth)
{
    return growth->last;
}

struct growth_totals growth_before(const struct growth *growth)
{
    return growth->before;
}

/* ---- looking ---- */

/* Index of the site of a stack, SNAPSHOT_NONE without one. */
static uint32_t site_of(const struct snapshot *snapshot, uint32_t stack)
{
    return stack == SNAPSHOT_NONE ? SNAPSHOT_NONE : snapshot->stacks[stack].site;
}

static bool is_counted_task(const struct snapshot_task *task)
{
    return !task->system && task->state != TASK_EXITED;
}

static struct grown_site *find(const struct growth *growth, uint64_t fingerprint, enum grown grown)
{
    struct site_key key = {fingerprint, grown};
    struct grown_site *site;
    HASH_FIND(hh, growth->sites, &key, sizeof key, site);
    return site;
}

static bool count_one(struct growth *growth, const struct snapshot *snapshot, uint32_t stack,
                      enum grown grown)
{
    uint32_t index = site_of(snapshot, stack);
    if (index == SNAPSHOT_NONE)
        return true;
    uint64_t fingerprint = snapshot->sites[index].fingerprint;
    struct grown_site *site = find(growth, fingerprint, grown);
    if (!site) {
        site = calloc(1, sizeof *site);
        if (!site)
            return false;
        site->key = (struct site_key){fingerprint, grown};
        site->first_ns = snapshot->program.taken_ns;
        HASH_ADD(hh, growth->sites, key, sizeof site->key, site);
    }
    site->count++;
    return true;
}

/* A site that was not there at the first looks has grown from nothing. */
static void judge(const struct growth *growth, struct grown_site *site)
{
    if (site->looks == 0)
        site->count_first = growth->looks == 0 ? site->count : 0;
    if (site->looks > 0 || growth->looks > 0) {
        site->rises += site->count > site->count_before;
        site->dropped = site->dropped || site->count < site->count_before;
    }
    site->looks++;
}

bool growth_look(struct growth *growth, const struct snapshot *snapshot)
{
    growth->before = growth->looks > 0 ? growth->last : (struct growth_totals){0};
    growth->last = (struct growth_totals){.contexts = snapshot->context_count};
    for (struct grown_site *site = growth->sites; site; site = site->hh.next) {
        site->count_before = site->count;
        site->count = 0;
    }
    for (uint32_t i = 0; i < snapshot->context_count; i++) {
        const struct snapshot_context *context = &snapshot->contexts[i];
        if (context->state != CONTEXT_OPEN)
            continue;
        growth->last.open++;
        if (!count_one(growth, snapshot, context->creation_stack, GROWN_CONTEXTS))
            return false;
    }
    for (uint32_t i = 0; i < snapshot->task_count; i++) {
        const struct snapshot_task *task = &snapshot->tasks[i];
        if (!is_counted_task(task))
            continue;
        growth->last.tasks++;
        growth->last.waiting += task->wait_count > 0;
        if (!count_one(growth, snapshot, task->creation_stack, GROWN_TASKS))
            return false;
    }
    for (struct grown_site *site = growth->sites; site; site = site->hh.next)
        judge(growth, site);
    growth->looks++;
    growth->last_ns = snapshot->program.taken_ns;
    if (growth->looks == 1)
        growth->before = growth->last;
    return true;
}

/* ---- the tables ---- */

bool growth_ingest(const struct growth *growth, struct store *store, int64_t run_id,
                   const struct snapshot *snapshot, struct failure *failure)
{
    struct insert insert;
    insert_prepare(&insert, store, "samples");
    insert_null(&insert);
    insert_integer(&insert, run_id);
    insert_integer(&insert, snapshot->program.taken_ns + snapshot->program.realtime_offset_ns);
    insert_integer(&insert, growth->last.contexts);
    insert_integer(&insert, growth->last.open);
    insert_integer(&insert, growth->last.tasks);
    insert_integer(&insert, growth->last.waiting);
    insert_row(&insert);
    if (!insert_finish(&insert, failure))
        return false;

    int64_t sample_id = sqlite3_last_insert_rowid(store_database(store));
    insert_prepare(&insert, store, "sample_sites");
    for (const struct grown_site *site = growth->sites; site; site = site->hh.next) {
        char fingerprint[17];
        snprintf(fingerprint, sizeof fingerprint, "%016" PRIx64, site->key.fingerprint);
        insert_integer(&insert, sample_id);
        insert_text_always(&insert, grown_names[site->key.grown]);
        insert_text_always(&insert, fingerprint);
        insert_integer(&insert, site->count);
        insert_row(&insert);
    }
    return insert_finish(&insert, failure);
}

/* ---- findings ---- */

static bool has_only_grown(const struct grown_site *site)
{
    return site->rises >= 2 && !site->dropped;
}

static char *sentence_of(const struct growth *growth, const struct grown_site *site,
                         const struct snapshot *snapshot, uint32_t stack)
{
    char length[DURATION_SIZE], from[NUMBER_SIZE], to[NUMBER_SIZE];
    const struct snapshot_frame *frame = snapshot_top_frame(snapshot, stack);
    const char *function = frame ? snapshot_text(snapshot, frame->function) : "";
    char *sentence = NULL;
    const char *what = site->key.grown == GROWN_TASKS ? "The tasks" : "The open contexts";
    if (asprintf(&sentence,
                 "%s created%s%s grew from %s to %s within %s, in %u of %u looks, and never became "
                 "fewer.",
                 what, function[0] ? " in " : " here", function,
                 number_text(from, sizeof from, site->count_first),
                 number_text(to, sizeof to, site->count),
                 duration_text(length, sizeof length, growth->last_ns - site->first_ns),
                 site->rises, site->looks) < 0)
        return NULL;
    return sentence;
}

/* What the site has in this snapshot, as claims. */
static void add_claims(const struct snapshot *snapshot, const struct grown_site *site,
                       struct claim *claims)
{
    bool tasks = site->key.grown == GROWN_TASKS;
    uint32_t things = tasks ? snapshot->task_count : snapshot->context_count;
    uint32_t count = 0;
    for (uint32_t i = 0; i < things && count < site->count; i++) {
        bool there = tasks ? is_counted_task(&snapshot->tasks[i])
                           : snapshot->contexts[i].state == CONTEXT_OPEN;
        uint32_t stack =
            tasks ? snapshot->tasks[i].creation_stack : snapshot->contexts[i].creation_stack;
        uint32_t index = site_of(snapshot, stack);
        if (!there || index == SNAPSHOT_NONE ||
            snapshot->sites[index].fingerprint != site->key.fingerprint)
            continue;
        claims[count++] = (struct claim){
            .confidence = CONFIDENCE_SUSPECT,
            .subject_kind = tasks ? SUBJECT_TASK : SUBJECT_CONTEXT,
            .subject = i,
            .site = index,
            .other = SNAPSHOT_NONE,
            .since_ns = tasks ? snapshot->tasks[i].created_ns : snapshot->contexts[i].created_ns,
            .stacks = {{"created", stack}},
        };
    }
}

/* Distinct for contexts and tasks of one site, and from what rules make of the same site. */
static uint64_t fingerprint_of(const struct grown_site *site)
{
    uint64_t hash = site->key.fingerprint ^ UINT64_C(0x67726f77696e6721);
    return (hash + site->key.grown) * UINT64_C(0x9e3779b97f4a7c15);
}

static bool make_finding(const struct growth *growth, const struct grown_site *site,
                         const struct snapshot *snapshot, struct finding *finding)
{
    struct claim *claims = calloc(site->count, sizeof *claims);
    if (!claims)
        return false;
    add_claims(snapshot, site, claims);
    *finding = (struct finding){.rule = &growth_rule,
                                .confidence = CONFIDENCE_SUSPECT,
                                .fingerprint = fingerprint_of(site),
                                .site = claims[0].site,
                                .count = site->count,
                                .claims = claims,
                                .sentence =
                                    sentence_of(growth, site, snapshot, claims[0].stacks[0].stack)};
    return finding->sentence != NULL;
}

static int by_count(const void *a, const void *b)
{
    const struct finding *left = a, *right = b;
    return (left->count < right->count) - (left->count > right->count);
}

struct findings *growth_findings(const struct growth *growth, const struct snapshot *snapshot)
{
    struct findings *findings = calloc(1, sizeof *findings);
    if (!findings)
        return NULL;
    findings->items = calloc(HASH_COUNT(growth->sites) + 1, sizeof *findings->items);
    bool good = findings->items != NULL;
    for (const struct grown_site *site = growth->sites; good && site; site = site->hh.next) {
        if (has_only_grown(site))
            good = make_finding(growth, site, snapshot, &findings->items[findings->count++]);
    }
    if (!good) {
        growth_findings_free(findings);
        return NULL;
    }
    qsort(findings->items, findings->count, sizeof *findings->items, by_count);
    return findings;
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
