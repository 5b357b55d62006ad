/*
 * What the rules found: findings, the things that they are about, and the stacks that they rest
 * on. A finding can be about a million contexts, so stacks are not kept per subject, but once per
 * label with the number of subjects that have them.
 */
#include "base/error.h"
#include "ctxreport/ingest.h"
#include "ctxreport/insert.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- rules ---- */

static bool ingest_rule(struct ingest *ingest, const struct rule *rule)
{
    sqlite3_stmt *statement = NULL;
    static const char sql[] =
        "INSERT INTO rules VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (name) DO UPDATE SET "
        "title = ?2, advice = ?3, severity = ?4, catalogue = ?5";
    bool good =
        sqlite3_prepare_v2(store_database(ingest->store), sql, -1, &statement, NULL) == SQLITE_OK &&
        sqlite3_bind_text(statement, 1, rule->name, -1, SQLITE_STATIC) == SQLITE_OK &&
        sqlite3_bind_text(statement, 2, rule->title, -1, SQLITE_STATIC) == SQLITE_OK &&
        sqlite3_bind_text(statement, 3, rule->advice, -1, SQLITE_STATIC) == SQLITE_OK &&
        sqlite3_bind_text(statement, 4, severity_name(rule->severity), -1, SQLITE_STATIC) ==
            SQLITE_OK &&
        sqlite3_bind_text(statement, 5, rule->catalogue, -1, SQLITE_STATIC) == SQLITE_OK &&
        sqlite3_step(statement) == SQLITE_DONE;
    if (!good)
        store_failed(ingest->store, ingest->error);
    sqlite3_finalize(statement);
    return good;
}

/* ---- findings ---- */

static int64_t since_1970(const struct ingest *ingest, int64_t ns, bool *known)
{
    int64_t moment = 0;
    *known = ns != SNAPSHOT_NEVER && ns != SNAPSHOT_TIME_UNKNOWN &&
             !__builtin_add_overflow(ns, ingest->snapshot->program.realtime_offset_ns, &moment);
    return moment;
}

static int64_t oldest_claim(const struct finding *finding)
{
    int64_t oldest = SNAPSHOT_NEVER;
    for (uint32_t i = 0; i < finding->count; i++) {
        int64_t since = finding->claims[i].since_ns;
        if (since != SNAPSHOT_TIME_UNKNOWN && since < oldest)
            oldest = since;
    }
    return oldest;
}

static void finding_row(struct insert *insert, const struct ingest *ingest, int64_t id,
                        const struct finding *finding)
{
    char fingerprint[17];
    snprintf(fingerprint, sizeof fingerprint, "%016llx", (unsigned long long)finding->fingerprint);
    bool since_known;
    int64_t since = since_1970(ingest, oldest_claim(finding), &since_known);
    insert_integer(insert, id);
    insert_integer(insert, ingest->program_id);
    insert_text_always(insert, finding->rule->name);
    insert_text_always(insert, confidence_name(finding->confidence));
    insert_text_always(insert, severity_name(finding->rule->severity));
    insert_integer(insert, finding->count);
    insert_text_always(insert, finding->sentence);
    insert_text_always(insert, fingerprint);
    insert_integer(insert, finding->site != SNAPSHOT_NONE &&
                               ingest->snapshot->sites[finding->site].identified);
    insert_integer_if(insert, finding->site != SNAPSHOT_NONE, ingest->sites + finding->site);
    insert_integer_if(insert, since_known, since);
    insert_integer_if(insert,
                      finding->missing > PRECONDITION_NONE && finding->missing < PRECONDITION_COUNT,
                      finding->missing);
    insert_integer(insert, false); /* see baseline_mark() */
    insert_null(insert);           /* see suppress() */
    insert_row(insert);
}

static void subject_row(struct insert *insert, const struct ingest *ingest, int64_t id,
                        int64_t finding_id, const struct claim *claim)
{
    bool since_known;
    int64_t since = since_1970(ingest, claim->since_ns, &since_known);
    insert_integer(insert, id);
    insert_integer(insert, finding_id);
    insert_integer_if(insert, claim->subject_kind == SUBJECT_CONTEXT,
                      ingest->contexts + claim->subject);
    insert_integer_if(insert, claim->subject_kind == SUBJECT_TASK, ingest->tasks + claim->subject);
    insert_integer_if(insert, claim->subject_kind == SUBJECT_OBJECT,
                      ingest->objects + claim->subject);
    insert_integer_if(insert, since_known, since);
    insert_integer(insert, claim->number);
    insert_row(insert);
}

/* ---- the stacks of a finding ---- */

struct evidence {
    uint32_t place; /* of the label among the claim's stacks: the order to show them in */
    uint32_t stack;
    uint32_t count;
    const char *label;
};

static int by_label_and_stack(const void *a, const void *b)
{
    const struct evidence *left = a, *right = b;
    int order = strcmp(left->label, right->label);
    return order ? order : (left->stack > right->stack) - (left->stack < right->stack);
}

static int by_place_and_count(const void *a, const void *b)
{
    const struct evidence *left = a, *right = b;
    if (left->place != right->place)
        return left->place < right->place ? -1 : 1;
    int order = strcmp(left->label, right->label);
    if (order)
        return order;
    if (left->count != right->count)
        return left->count > right->count ? -1 : 1;
    return (left->stack > right->stack) - (left->stack < right->stack);
}

/* Collects what the claims rest on, equal ones as one with a count. Returns how many there are. */
static size_t gather_evidence(const struct finding *finding, struct evidence *evidence)
{
    size_t count = 0;
    for (uint32_t i = 0; i < finding->count; i++) {
        for (uint32_t k = 0; k < CLAIM_STACKS; k++) {
            const struct labelled_stack *stack = &finding->claims[i].stacks[k];
            if (stack->label && stack->stack != SNAPSHOT_NONE)
                evidence[count++] = (struct evidence){k, stack->stack, 1, stack->label};
        }
    }
    if (count == 0)
        return 0;
    qsort(evidence, count, sizeof *evidence, by_label_and_stack);
    size_t kept = 0;
    for (size_t i = 1; i < count; i++) {
        if (by_label_and_stack(&evidence[kept], &evidence[i]) != 0) {
            evidence[++kept] = evidence[i];
            continue;
        }
        evidence[kept].count++;
        if (evidence[i].place < evidence[kept].place)
            evidence[kept].place = evidence[i].place;
    }
    count = kept + 1;
    qsort(evidence, count, sizeof *evidence, by_place_and_count);
    return count;
}

static bool evidence_rows(struct insert *insert, const struct ingest *ingest, int64_t finding_id,
                          const struct finding *finding)
{
    struct evidence *evidence = calloc((size_t)finding->count * CLAIM_STACKS + 1, sizeof *evidence);
    if (!evidence)
        return error_no_memory(ingest->error);
    size_t count = gather_evidence(finding, evidence);
    for (size_t i = 0; i < count; i++) {
        insert_integer(insert, finding_id);
        insert_integer(insert, (int64_t)i);
        insert_text_always(insert, evidence[i].label);
        insert_integer(insert, ingest->stacks + evidence[i].stack);
        insert_integer(insert, evidence[i].count);
        insert_row(insert);
    }
    free(evidence);
    return true;
}

/* ---- the whole ---- */

static bool ingest_withheld(struct ingest *ingest, const struct findings *findings)
{
    struct insert insert;
    insert_prepare(&insert, ingest->store, "withheld");
    for (unsigned i = PRECONDITION_NONE + 1; i < PRECONDITION_COUNT; i++) {
        if (findings->withheld[i] == 0)
            continue;
        insert_integer(&insert, ingest->program_id);
        insert_integer(&insert, i);
        insert_integer(&insert, findings->withheld[i]);
        insert_row(&insert);
    }
    return insert_finish(&insert, ingest->error);
}

bool ingest_findings(struct ingest *ingest, const struct findings *findings)
{
    struct insert rows, subjects, stacks;
    insert_prepare(&rows, ingest->store, "findings");
    insert_prepare(&subjects, ingest->store, "finding_subjects");
    insert_prepare(&stacks, ingest->store, "finding_stacks");
    bool good = true;
    int64_t subject_id = ingest->subjects;
    for (uint32_t i = 0; good && i < findings->count; i++) {
        const struct finding *finding = &findings->items[i];
        int64_t id = ingest->findings + i;
        good = ingest_rule(ingest, finding->rule);
        finding_row(&rows, ingest, id, finding);
        for (uint32_t k = 0; k < finding->count; k++)
            subject_row(&subjects, ingest, subject_id++, id, &finding->claims[k]);
        good = good && evidence_rows(&stacks, ingest, id, finding);
    }
    good = insert_finish(&rows, ingest->error) && good;
    good = insert_finish(&subjects, ingest->error) && good;
    good = insert_finish(&stacks, ingest->error) && good;
    return good && ingest_withheld(ingest, findings);
}
