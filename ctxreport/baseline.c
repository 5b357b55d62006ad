#include "ctxreport/baseline.h"

#include "base/error.h"
#include "ctxreport/comparison.h"
#include "ctxreport/query.h"
#include "ctxreport/report_file.h"

#include <stdlib.h>
#include <string.h>

struct baseline *baseline_read(const char *name, struct error *error)
{
    struct selection selection;
    if (!report_file_open(&selection, name, LAST_RUN, error))
        return NULL;
    struct baseline *baseline = calloc(1, sizeof *baseline);
    bool good =
        baseline ? run_findings_read(&baseline->known, &selection, error) : error_no_memory(error);
    report_file_close(&selection);
    if (good)
        return baseline;
    baseline_free(baseline);
    return NULL;
}

void baseline_free(struct baseline *baseline)
{
    if (baseline)
        run_findings_free(&baseline->known);
    free(baseline);
}

static bool mark(struct store *store, const struct run_finding *finding, unsigned confidence,
                 int64_t run_id, struct error *error)
{
    static const char sql[] =
        "UPDATE findings SET known = 1 WHERE fingerprint = ?1 AND confidence = ?2 AND program_id "
        "IN (SELECT id FROM programs WHERE run_id = ?3 AND (executable = ?4 OR "
        "substr(executable, -length(?4) - 1) = '/' || ?4))";
    sqlite3_stmt *statement = NULL;
    bool good =
        sqlite3_prepare_v2(store_database(store), sql, -1, &statement, NULL) == SQLITE_OK &&
        sqlite3_bind_text(statement, 1, finding->fingerprint, -1, SQLITE_STATIC) == SQLITE_OK &&
        sqlite3_bind_text(statement, 2, confidence_name(confidence), -1, SQLITE_STATIC) ==
            SQLITE_OK &&
        sqlite3_bind_int64(statement, 3, run_id) == SQLITE_OK &&
        sqlite3_bind_text(statement, 4, finding->program, -1, SQLITE_STATIC) == SQLITE_OK &&
        sqlite3_step(statement) == SQLITE_DONE;
    if (!good)
        store_failed(store, error);
    sqlite3_finalize(statement);
    return good;
}

static bool mark_all(const struct comparison *comparison, struct store *store, int64_t run_id,
                     struct error *error)
{
    for (size_t i = 0; i < comparison->newer->count; i++) {
        const struct run_finding *finding = &comparison->newer->items[i];
        const struct compared *item =
            comparison_find(comparison, finding->fingerprint, finding->program);
        for (unsigned k = 0; item && k < CONFIDENCE_COUNT; k++) {
            if (compared_was_known(item, k) && !mark(store, finding, k, run_id, error))
                return false;
        }
    }
    return true;
}

bool baseline_mark(const struct baseline *baseline, struct store *store, int64_t run_id,
                   struct error *error)
{
    const struct selection selection = {store, &run_id, 1};
    struct run_findings found;
    struct comparison comparison = {0};
    bool good = run_findings_read(&found, &selection, error) &&
                comparison_make(&comparison, &baseline->known, &found, error) &&
                mark_all(&comparison, store, run_id, error);
    comparison_free(&comparison);
    run_findings_free(&found);
    return good;
}
