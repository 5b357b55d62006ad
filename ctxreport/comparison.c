#include "ctxreport/comparison.h"

#include <stdlib.h>
#include <string.h>

#include "ctxreport/query.h"
#include "findings/rule.h"

const char *change_name(enum change change)
{
    static const char *const names[CHANGE_COUNT] = {
        [CHANGE_NEW] = "new", [CHANGE_KEPT] = "kept", [CHANGE_GONE] = "gone"};
    return names[change];
}

bool compared_is_worse(const struct compared *item, unsigned fail_on)
{
    if (fail_on >= CONFIDENCE_COUNT || item->change == CHANGE_GONE ||
        item->new_confidence < fail_on)
        return false;
    return item->change == CHANGE_NEW || item->old_confidence < fail_on;
}

void comparison_free(struct comparison *comparison)
{
    for (size_t i = 0; i < comparison->count; i++) {
        free(comparison->items[i].rule);
        free(comparison->items[i].sentence);
        free(comparison->items[i].site);
    }
    free(comparison->items);
    *comparison = (struct comparison){0};
}

/* The findings in order of importance: one row per fingerprint, the most certain of each. */
static const char finding_sql[] =
    "WITH ranked AS (SELECT f.*, CASE f.confidence WHEN 'proved' THEN 2 WHEN 'likely' THEN 1 ELSE "
    "0 END AS rank FROM findings AS f JOIN programs AS p ON p.id = f.program_id WHERE p.run_id = "
    "?), placed AS (SELECT *, row_number() OVER (PARTITION BY fingerprint ORDER BY rank DESC, id) "
    "AS place, sum(count) OVER (PARTITION BY fingerprint) AS total, min(id) OVER (PARTITION BY "
    "fingerprint) AS first FROM ranked) SELECT f.fingerprint, f.rule, f.sentence, "
    "coalesce(s.function, '') || coalesce(' (' || s.file || coalesce(':' || s.line, '') || ')', "
    "''), f.rank, f.total FROM placed AS f LEFT JOIN sites AS s ON s.id = f.site_id WHERE f.place "
    "= 1 ORDER BY f.first";

_Static_assert(CONFIDENCE_SUSPECT == 0 && CONFIDENCE_LIKELY == 1 && CONFIDENCE_PROVED == 2,
               "finding_sql counts on it");

static struct compared *find(struct comparison *comparison, size_t count, const char *fingerprint)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(comparison->items[i].fingerprint, fingerprint) == 0)
            return &comparison->items[i];
    }
    return NULL;
}

static struct compared *append(struct comparison *comparison, struct query *row)
{
    struct compared *items = realloc(comparison->items, (comparison->count + 1) * sizeof *items);
    if (!items)
        return NULL;
    comparison->items = items;
    struct compared *item = &items[comparison->count];
    *item = (struct compared){.rule = strdup(query_text(row, 1)),
                              .sentence = strdup(query_text(row, 2)),
                              .site = strdup(query_text(row, 3))};
    snprintf(item->fingerprint, sizeof item->fingerprint, "%s", query_text(row, 0));
    comparison->count++;
    return item->rule && item->sentence && item->site ? item : NULL;
}

static bool add_newer(struct comparison *comparison, struct query *row)
{
    struct compared *item = append(comparison, row);
    if (!item)
        return false;
    item->change = CHANGE_NEW;
    item->new_confidence = (unsigned)query_integer(row, 4);
    item->new_count = query_integer(row, 5);
    return true;
}

static bool add_older(struct comparison *comparison, struct query *row, size_t newer_count)
{
    struct compared *item = find(comparison, newer_count, query_text(row, 0));
    if (item)
        item->change = CHANGE_KEPT;
    else if (!(item = append(comparison, row)))
        return false;
    else
        item->change = CHANGE_GONE;
    item->old_confidence = (unsigned)query_integer(row, 4);
    item->old_count = query_integer(row, 5);
    return true;
}

/* New ones first; qsort is not stable, so the order of importance is the position it had. */
static void order(struct comparison *comparison)
{
    struct compared *ordered = calloc(comparison->count + 1, sizeof *ordered);
    if (!ordered)
        return;
    size_t placed = 0;
    for (int change = 0; change < CHANGE_COUNT; change++) {
        for (size_t i = 0; i < comparison->count; i++) {
            if (comparison->items[i].change == (enum change)change)
                ordered[placed++] = comparison->items[i];
        }
    }
    free(comparison->items);
    comparison->items = ordered;
}

bool comparison_make(struct comparison *comparison, const struct selection *older,
                     const struct selection *newer, struct failure *failure)
{
    *comparison = (struct comparison){0};
    struct query row;
    bool good = true;
    query_begin(&row, newer->store, finding_sql, newer->runs[0]);
    while (good && query_next(&row))
        good = add_newer(comparison, &row) || failure_set(failure, "There is not enough memory.");
    good = query_finish(&row, failure) && good;

    size_t newer_count = comparison->count;
    if (good)
        query_begin(&row, older->store, finding_sql, older->runs[0]);
    bool begun = good;
    while (good && query_next(&row))
        good = add_older(comparison, &row, newer_count) ||
               failure_set(failure, "There is not enough memory.");
    if (begun)
        good = query_finish(&row, failure) && good;
    if (!good) {
        comparison_free(comparison);
        return false;
    }
    order(comparison);
    return true;
}
