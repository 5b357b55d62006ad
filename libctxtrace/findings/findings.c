/*
 * The engine: runs rules, makes findings of groups of their claims, and puts those in order.
 */
#include "findings/findings.h"

#include "base/hash.h"
#include "base/invariant.h"
#include "findings/claim_groups.h"
#include "findings/evidence.h"
#include "findings/rule_table.h"
#include "findings/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SENTENCE_SIZE 1024

static uint64_t fingerprint_of(const struct snapshot *snapshot, const struct rule *rule,
                               const struct claim *claim)
{
    uint64_t where = claim->likeness;
    if (claim->site != SNAPSHOT_NONE)
        where = snapshot->sites[claim->site].fingerprint;
    uint64_t hash = hash_number(hash_text(HASH_START, rule->name), where);
    return claim->peers ? hash_number(hash, claim->peers) : hash;
}

static char *write_sentence(const struct snapshot *snapshot, const struct finding *finding)
{
    char sentence[SENTENCE_SIZE];
    sentence[0] = '\0';
    finding->rule->sentence(snapshot, finding, sentence, sizeof sentence);
    if (finding->missing != PRECONDITION_NONE) {
        size_t length = strlen(sentence);
        struct text more = text_into(sentence + length, sizeof sentence - length);
        text_add(&more, " Not proved, because %s.", precondition_text(finding->missing));
    }
    text_cut_broken_character(sentence);
    return strdup(sentence);
}

/* It is about something that is there. */
static bool is_sound(const struct snapshot *snapshot, const struct claim *claim)
{
    const uint32_t counts[SUBJECT_KIND_COUNT] = {[SUBJECT_CONTEXT] = snapshot->context_count,
                                                 [SUBJECT_TASK] = snapshot->task_count,
                                                 [SUBJECT_OBJECT] = snapshot->object_count};
    return claim->subject_kind < SUBJECT_KIND_COUNT &&
           claim->subject < counts[claim->subject_kind] &&
           (claim->site == SNAPSHOT_NONE || claim->site < snapshot->site_count);
}

static bool add_finding(struct findings_store *store, const struct snapshot *snapshot,
                        const struct rule *rule, const struct claim *claims, uint32_t count)
{
    invariant(count > 0 && is_sound(snapshot, &claims[0]));
    struct finding *finding = findings_new(store);
    if (!finding)
        return false;
    *finding = (struct finding){
        .rule = rule,
        .confidence = claims[0].confidence,
        .fingerprint = fingerprint_of(snapshot, rule, &claims[0]),
        .site = claims[0].site,
        .count = count,
        .claims = claims,
    };
    for (uint32_t i = 0; i < count && finding->missing == PRECONDITION_NONE; i++)
        finding->missing = claims[i].missing;
    finding->sentence = write_sentence(snapshot, finding);
    if (!finding->sentence)
        return false;
    store->findings.count++;
    return true;
}

/* The store takes the claims over, also when it fails. */
static bool add_groups(struct findings_store *store, const struct snapshot *snapshot,
                       const struct rule *rule, struct claims *claims)
{
    struct group_key *keys = NULL;
    bool done = claims_sort_into_groups(claims, &keys);
    if (!findings_keep_claims(store, claims->items)) {
        free(keys);
        return false;
    }
    for (size_t start = 0, end; done && start < claims->count; start = end) {
        for (end = start + 1; end < claims->count; end++) {
            if (!claims_same_group(&keys[start], &keys[end]))
                break;
        }
        done = add_finding(store, snapshot, rule, &claims->items[start], (uint32_t)(end - start));
    }
    free(keys);
    return done;
}

static bool run_rule(struct findings_store *store, const struct snapshot *snapshot,
                     const struct thresholds *thresholds, const struct rule *rule)
{
    invariant(rule->check && rule->sentence);
    struct claims claims = {.withheld = store->findings.withheld};
    rule->check(snapshot, thresholds, &claims);
    if (claims.failed || claims.count == 0) {
        free(claims.items);
        return !claims.failed;
    }
    return add_groups(store, snapshot, rule, &claims);
}

static bool run_over_time(struct findings_store *store, const struct snapshot *snapshot,
                          const struct growth *growth, const struct thresholds *thresholds,
                          const struct rule *rule)
{
    uint32_t before = store->findings.count;
    bool done = rule->check_over_time(growth, snapshot, thresholds, &store->findings);
    for (uint32_t i = before; i < store->findings.count; i++)
        store->findings.items[i].rule = rule;
    return done;
}

static int order_of(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

static int compare_findings(const void *left, const void *right)
{
    const struct finding *a = left, *b = right;
    if (a->rule->severity != b->rule->severity)
        return order_of(b->rule->severity, a->rule->severity);
    if (a->confidence != b->confidence)
        return order_of(b->confidence, a->confidence);
    if (a->count != b->count)
        return order_of(b->count, a->count);
    if (a->rule != b->rule)
        return strcmp(a->rule->name, b->rule->name);
    if (a->fingerprint != b->fingerprint)
        return order_of(a->fingerprint, b->fingerprint);
    return order_of(a->claims[0].subject, b->claims[0].subject);
}

static bool is_wanted(const struct rule *rule, const char *const *only)
{
    if (!only)
        return true;
    for (; *only; only++) {
        if (strcmp(*only, rule->name) == 0)
            return true;
    }
    return false;
}

struct findings *findings_check(const struct snapshot *snapshot,
                                const struct thresholds *thresholds, const char *const *only)
{
    return findings_check_over_time(snapshot, NULL, thresholds, only);
}

/* Each has a name of its own, texts, and one way to check. */
static bool rules_are_sound(void)
{
    for (size_t i = 0; rule_table[i]; i++) {
        const struct rule *rule = rule_table[i];
        if (rule_find(rule->name) != rule || !rule->title || !rule->advice || !rule->catalogue ||
            rule->severity >= SEVERITY_COUNT || !rule->check == !rule->check_over_time)
            return false;
    }
    return true;
}

struct findings *findings_check_over_time(const struct snapshot *snapshot,
                                          const struct growth *growth,
                                          const struct thresholds *thresholds,
                                          const char *const *only)
{
    struct findings_store *store = calloc(1, sizeof *store);
    bool done = store != NULL;
    invariant(rules_are_sound());
    for (size_t i = 0; done && rule_table[i]; i++) {
        const struct rule *rule = rule_table[i];
        if (!is_wanted(rule, only))
            continue;
        if (!rule->check_over_time)
            done = run_rule(store, snapshot, thresholds, rule);
        else if (growth)
            done = run_over_time(store, snapshot, growth, thresholds, rule);
    }
    if (!store)
        return NULL;
    if (!done) {
        findings_free(&store->findings);
        return NULL;
    }
    if (store->findings.count > 1)
        qsort(store->findings.items, store->findings.count, sizeof *store->findings.items,
              compare_findings);
    return &store->findings;
}
