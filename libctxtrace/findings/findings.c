/*
 * The engine: runs rules, groups their claims into findings, and puts those in order.
 *
 * Claims are grouped by sorting small keys, so that a million claims cost n log n and one copy.
 */
#include "base/invariant.h"
#include "base/sorted.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/clock.h"
#include "base/hash.h"
#include "findings/evidence.h"
#include "findings/text.h"

#define SENTENCE_SIZE 1024

struct claims {
    struct claim *items;
    size_t count, capacity;
    uint32_t *withheld;
    bool failed; /* memory ran out */
};

/* What findings_check() returns, with what only findings_free() needs. */
struct storage {
    struct findings findings; /* what the user is given a pointer to: must come first */
    size_t capacity;
    struct claim **blocks; /* of each rule, or finding, its claims in order of findings */
    size_t block_count, block_capacity;
};

struct thresholds thresholds_default(void)
{
    return (struct thresholds){
        .min_age_ns = NS_PER_SECOND,
        .max_depth = 50,
        .max_repeats = 3,
        .max_children = 1000,
        .max_lag_ns = NS_PER_SECOND,
        .max_registrations = 10,
        .min_growth = 4,
    };
}

/* ---- collecting ---- */

void claims_withhold(struct claims *claims, enum precondition missing)
{
    if ((unsigned)missing < PRECONDITION_COUNT && claims->withheld[missing] < UINT32_MAX)
        claims->withheld[missing]++;
}

void claims_add(struct claims *claims, const struct claim *claim)
{
    invariant(claim->confidence < CONFIDENCE_COUNT && claim->missing < PRECONDITION_COUNT);
    invariant(claim->confidence != CONFIDENCE_PROVED || claim->missing == PRECONDITION_NONE);
    if (claims->failed)
        return;
    if (!ARRAY_ROOM(claims->items, claims->capacity, claims->count + 1)) {
        claims->failed = true;
        return;
    }
    claims->items[claims->count++] = *claim;
    if (claim->missing != PRECONDITION_NONE)
        claims_withhold(claims, claim->missing);
}

void claims_fail(struct claims *claims)
{
    claims->failed = true;
}

/* ---- grouping ---- */

enum group_by { BY_SITE, BY_LIKENESS, ALONE };

struct group_key {
    uint64_t value; /* site, likeness, or the claim's own number */
    uint64_t place;
    uint64_t peers;
    int64_t since_ns;
    uint32_t index;
    uint8_t confidence;
    uint8_t by;
};

static struct group_key key_of(const struct claim *claim, uint32_t index)
{
    struct group_key key = {.peers = claim->peers,
                            .since_ns = claim->since_ns,
                            .index = index,
                            .confidence = claim->confidence};
    if (claim->site != SNAPSHOT_NONE) {
        key.by = BY_SITE;
        key.value = claim->site;
    } else if (claim->likeness != 0) {
        key.by = BY_LIKENESS;
        key.value = claim->likeness;
        key.place = claim->place;
    } else {
        key.by = ALONE;
        key.value = index;
    }
    /* Unknown times come last, so that the first claim of a group is its oldest known one. */
    if (key.since_ns == SNAPSHOT_TIME_UNKNOWN)
        key.since_ns = SNAPSHOT_NEVER;
    return key;
}

static bool same_group(const struct group_key *a, const struct group_key *b)
{
    return a->confidence == b->confidence && a->by == b->by && a->value == b->value &&
           a->place == b->place && a->peers == b->peers;
}

static int order_of(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

static int compare_keys(const void *left, const void *right)
{
    const struct group_key *a = left, *b = right;
    if (a->confidence != b->confidence)
        return order_of(a->confidence, b->confidence);
    if (a->by != b->by)
        return order_of(a->by, b->by);
    if (a->value != b->value)
        return order_of(a->value, b->value);
    if (a->place != b->place)
        return order_of(a->place, b->place);
    if (a->peers != b->peers)
        return order_of(a->peers, b->peers);
    if (a->since_ns != b->since_ns)
        return a->since_ns < b->since_ns ? -1 : 1;
    return order_of(a->index, b->index);
}

/* Sorts the claims into groups; `keys` becomes the sorted keys. False when memory ran out. */
static bool sort_into_groups(struct claims *claims, struct group_key **keys)
{
    invariant(claims->count > 0 && claims->count < UINT32_MAX);
    *keys = malloc(claims->count * sizeof **keys);
    struct claim *sorted = malloc(claims->count * sizeof *sorted);
    if (!*keys || !sorted) {
        free(sorted);
        return false;
    }
    for (uint32_t i = 0; i < claims->count; i++)
        (*keys)[i] = key_of(&claims->items[i], i);
    qsort(*keys, claims->count, sizeof **keys, compare_keys);
    invariant(SORTED_ALL(i, claims->count, compare_keys(&(*keys)[i - 1], &(*keys)[i]) < 0));
    for (uint32_t i = 0; i < claims->count; i++)
        sorted[i] = claims->items[(*keys)[i].index];
    free(claims->items);
    claims->items = sorted;
    claims->capacity = claims->count;
    return true;
}

/* ---- findings ---- */

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

/* Takes the claims over, also when it fails. */
static bool keep_claims(struct storage *storage, struct claim *claims)
{
    if (!ARRAY_ROOM(storage->blocks, storage->block_capacity, storage->block_count + 1)) {
        free(claims);
        return false;
    }
    storage->blocks[storage->block_count++] = claims;
    return true;
}

/* Room for one more. */
static struct finding *new_finding(struct storage *storage)
{
    struct findings *findings = &storage->findings;
    if (!ARRAY_ROOM(findings->items, storage->capacity, findings->count + 1))
        return NULL;
    return &findings->items[findings->count];
}

bool findings_take(struct findings *findings, const struct finding *finding)
{
    struct storage *storage = (struct storage *)findings;
    struct finding *place = finding->count > 0 ? new_finding(storage) : NULL;
    bool kept = keep_claims(storage, (struct claim *)(uintptr_t)finding->claims);
    if (kept && place && finding->sentence) {
        *place = *finding;
        findings->count++;
        return true;
    }
    free(finding->sentence);
    return kept && finding->count == 0;
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

static bool add_finding(struct storage *storage, const struct snapshot *snapshot,
                        const struct rule *rule, const struct claim *claims, uint32_t count)
{
    invariant(count > 0 && is_sound(snapshot, &claims[0]));
    struct finding *finding = new_finding(storage);
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
    storage->findings.count++;
    return true;
}

/* The storage takes the claims over, also when it fails. */
static bool add_groups(struct storage *storage, const struct snapshot *snapshot,
                       const struct rule *rule, struct claims *claims)
{
    struct group_key *keys = NULL;
    bool done = sort_into_groups(claims, &keys);
    if (!keep_claims(storage, claims->items)) {
        free(keys);
        return false;
    }
    for (size_t start = 0, end; done && start < claims->count; start = end) {
        for (end = start + 1; end < claims->count; end++) {
            if (!same_group(&keys[start], &keys[end]))
                break;
        }
        done = add_finding(storage, snapshot, rule, &claims->items[start], (uint32_t)(end - start));
    }
    free(keys);
    return done;
}

static bool run_rule(struct storage *storage, const struct snapshot *snapshot,
                     const struct thresholds *thresholds, const struct rule *rule)
{
    invariant(rule->check && rule->sentence);
    struct claims claims = {.withheld = storage->findings.withheld};
    rule->check(snapshot, thresholds, &claims);
    if (claims.failed || claims.count == 0) {
        free(claims.items);
        return !claims.failed;
    }
    return add_groups(storage, snapshot, rule, &claims);
}

static bool run_over_time(struct storage *storage, const struct snapshot *snapshot,
                          const struct growth *growth, const struct thresholds *thresholds,
                          const struct rule *rule)
{
    uint32_t before = storage->findings.count;
    bool done = rule->check_over_time(growth, snapshot, thresholds, &storage->findings);
    for (uint32_t i = before; i < storage->findings.count; i++)
        storage->findings.items[i].rule = rule;
    return done;
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
    struct storage *storage = calloc(1, sizeof *storage);
    bool done = storage != NULL;
    invariant(rules_are_sound());
    for (size_t i = 0; done && rule_table[i]; i++) {
        const struct rule *rule = rule_table[i];
        if (!is_wanted(rule, only))
            continue;
        if (!rule->check_over_time)
            done = run_rule(storage, snapshot, thresholds, rule);
        else if (growth)
            done = run_over_time(storage, snapshot, growth, thresholds, rule);
    }
    if (!storage)
        return NULL;
    if (!done) {
        findings_free(&storage->findings);
        return NULL;
    }
    if (storage->findings.count > 1)
        qsort(storage->findings.items, storage->findings.count, sizeof *storage->findings.items,
              compare_findings);
    return &storage->findings;
}

void findings_free(struct findings *findings)
{
    if (!findings)
        return;
    struct storage *storage = (struct storage *)findings;
    for (uint32_t i = 0; i < findings->count; i++)
        free(findings->items[i].sentence);
    for (size_t i = 0; i < storage->block_count; i++)
        free(storage->blocks[i]);
    free(storage->blocks);
    free(findings->items);
    free(storage);
}

/* ---- names ---- */

const char *confidence_name(unsigned confidence)
{
    static const char *const names[CONFIDENCE_COUNT] = {"suspect", "likely", "proved"};
    return confidence < CONFIDENCE_COUNT ? names[confidence] : "unknown";
}

const char *severity_name(unsigned severity)
{
    static const char *const names[SEVERITY_COUNT] = {"low", "medium", "high", "critical"};
    return severity < SEVERITY_COUNT ? names[severity] : "unknown";
}

const char *subject_kind_name(unsigned kind)
{
    static const char *const names[SUBJECT_KIND_COUNT] = {"context", "task", "object"};
    return kind < SUBJECT_KIND_COUNT ? names[kind] : "unknown";
}
