#include "ctxreport/run_findings.h"

#include "base/array.h"
#include "base/error.h"
#include "ctxreport/gate.h"
#include "ctxreport/query.h"

#include <stdlib.h>
#include <string.h>

_Static_assert(CONFIDENCE_SUSPECT == 0 && CONFIDENCE_LIKELY == 1 && CONFIDENCE_PROVED == 2,
               "finding_sql counts on it");

/* What follows the last slash: the path without the letters that its end has before a slash. */
#define BASE_NAME "substr(executable, length(rtrim(executable, replace(executable, '/', ''))) + 1)"

static const char program_sql[] = "SELECT DISTINCT " BASE_NAME " FROM programs WHERE run_id = ?";

/*
 * Of each fingerprint and name of a program, and of what is suppressed and what is not of them
 * apart, the most certain finding, and the amounts. Places are
 * sites, counted in each program; findings without a site are one place. (Windows, no joins: those
 * of two selections have no index and take the square of the time.)
 */
static const char finding_sql[] =
    "WITH ranked AS (SELECT f.*, " BASE_NAME " AS name, CASE f.confidence WHEN 'proved' THEN 2 "
    "WHEN 'likely' THEN 1 ELSE 0 END AS rank, f.suppressed_by_id IS NOT NULL AS suppressed FROM "
    "findings AS f JOIN programs AS p ON p.id = f.program_id WHERE p.run_id = ?), "
    "sited AS (SELECT *, row_number() OVER (PARTITION BY fingerprint, name, suppressed, "
    "program_id, "
    "coalesce(site_id, 0) ORDER BY rank DESC) = 1 AS is_place FROM ranked), "
    "numbered AS (SELECT *, sum(is_place) OVER one AS places, sum(is_place AND rank > 0) OVER one "
    "AS likely_places, sum(is_place AND rank > 1) OVER one AS proved_places FROM sited WINDOW one "
    "AS (PARTITION BY fingerprint, name, suppressed, program_id)), "
    "placed AS (SELECT *, row_number() OVER (PARTITION BY fingerprint, name, suppressed ORDER BY "
    "rank "
    "DESC, id) AS place, sum(count) OVER same AS suspect, sum(count * (rank > 0)) OVER same AS "
    "likely, "
    "sum(count * (rank > 1)) OVER same AS proved, min(identified) OVER same AS all_identified, "
    "max(places) OVER same AS most, max(likely_places) OVER same AS most_likely, "
    "max(proved_places) OVER same AS most_proved, min(id) OVER same AS first FROM numbered WINDOW "
    "same AS (PARTITION BY fingerprint, name, suppressed)) "
    "SELECT f.fingerprint, f.name, f.rule, f.sentence, coalesce(s.function, '') || coalesce(' (' "
    "|| s.file || coalesce(':' || s.line, '') || ')', ''), f.rank, f.all_identified, f.suspect, "
    "f.likely, f.proved, f.most, f.most_likely, f.most_proved, f.severity, f.suppressed FROM "
    "placed "
    "AS f LEFT JOIN sites AS s ON s.id = f.site_id WHERE f.place = 1 ORDER BY f.first";

static bool add_finding(struct run_findings *findings, struct query *row)
{
    if (!ARRAY_ROOM(findings->items, findings->capacity, findings->count + 1))
        return false;
    struct run_finding *item = &findings->items[findings->count++];
    *item = (struct run_finding){.program = strdup(query_text(row, 1)),
                                 .rule = strdup(query_text(row, 2)),
                                 .sentence = strdup(query_text(row, 3)),
                                 .site = strdup(query_text(row, 4)),
                                 .confidence = (unsigned)query_integer(row, 5),
                                 .severity = severity_of(query_text(row, 13)),
                                 .identified = query_integer(row, 6) != 0,
                                 .is_suppressed = query_integer(row, 14) != 0};
    snprintf(item->fingerprint, sizeof item->fingerprint, "%s", query_text(row, 0));
    for (int i = 0; i < CONFIDENCE_COUNT; i++) {
        item->amounts.count[i] = query_integer(row, 7 + i);
        item->amounts.places[i] = query_integer(row, 7 + CONFIDENCE_COUNT + i);
    }
    return item->program && item->rule && item->sentence && item->site;
}

static bool add_program(struct run_findings *findings, struct query *row)
{
    if (!ARRAY_ROOM(findings->programs, findings->program_capacity, findings->program_count + 1))
        return false;
    char *name = strdup(query_text(row, 0));
    if (name)
        findings->programs[findings->program_count++] = name;
    return name != NULL;
}

static bool read_rows(struct run_findings *findings, const struct selection *selection,
                      const char *sql, bool (*add)(struct run_findings *, struct query *),
                      struct error *error)
{
    struct query row;
    bool good = true;
    query_begin(&row, selection->store, sql, selection->runs[0]);
    while (good && query_next(&row))
        good = add(findings, &row) || error_no_memory(error);
    struct error unread;
    return query_finish(&row, good ? error : &unread) && good;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool sort_names(struct run_findings *findings)
{
    findings->fingerprints = calloc(findings->count + 1, sizeof *findings->fingerprints);
    if (!findings->fingerprints)
        return false;
    for (size_t i = 0; i < findings->count; i++)
        findings->fingerprints[i] = findings->items[i].fingerprint;
    qsort(findings->fingerprints, findings->count, sizeof *findings->fingerprints, by_name);
    if (findings->program_count > 1)
        qsort(findings->programs, findings->program_count, sizeof *findings->programs, by_name);
    return true;
}

static bool check_version(const struct selection *selection, struct error *error)
{
    int64_t version;
    if (!query_number(selection->store, "SELECT fingerprint_version FROM runs WHERE id = ?",
                      selection->runs[0], 0, &version, error))
        return false;
    if (version == SNAPSHOT_FINGERPRINT_VERSION)
        return true;
    return error_set(error,
                     "%s has fingerprints of version %lld, which do not compare with those of "
                     "version %d: make a new report of the same program with this ctxreport",
                     store_path(selection->store), (long long)version,
                     SNAPSHOT_FINGERPRINT_VERSION);
}

bool run_findings_read(struct run_findings *findings, const struct selection *selection,
                       struct error *error)
{
    *findings = (struct run_findings){0};
    if (!check_version(selection, error) ||
        !read_rows(findings, selection, program_sql, add_program, error) ||
        !read_rows(findings, selection, finding_sql, add_finding, error))
        return false;
    return sort_names(findings) || error_no_memory(error);
}

void run_findings_free(struct run_findings *findings)
{
    for (size_t i = 0; i < findings->count; i++) {
        free(findings->items[i].program);
        free(findings->items[i].rule);
        free(findings->items[i].sentence);
        free(findings->items[i].site);
    }
    for (size_t i = 0; i < findings->program_count; i++)
        free(findings->programs[i]);
    free(findings->items);
    free(findings->fingerprints);
    free(findings->programs);
    *findings = (struct run_findings){0};
}

bool run_findings_has_fingerprint(const struct run_findings *findings, const char *fingerprint)
{
    return bsearch(&fingerprint, findings->fingerprints, findings->count,
                   sizeof *findings->fingerprints, by_name) != NULL;
}

bool run_findings_has_program(const struct run_findings *findings, const char *name)
{
    return findings->program_count > 0 &&
           bsearch(&name, findings->programs, findings->program_count, sizeof *findings->programs,
                   by_name) != NULL;
}
