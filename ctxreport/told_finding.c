#include "ctxreport/told_finding.h"

#include "base/base_name.h"
#include "base/error.h"
#include "ctxreport/gate.h"
#include "ctxreport/query.h"
#include "ctxreport/source_root.h"

#include <stdlib.h>
#include <string.h>

/* Columns of finding_sql. */
enum finding_column {
    FINDING_RULE,
    FINDING_TITLE,
    FINDING_SENTENCE,
    FINDING_ADVICE,
    FINDING_CONFIDENCE,
    FINDING_SEVERITY,
    FINDING_FINGERPRINT,
    FINDING_EXECUTABLE,
    FINDING_FUNCTION,
    FINDING_FILE,
    FINDING_LINE,
    FINDING_KNOWN,
    FINDING_SUPPRESSED,
    FINDING_REASON
};

static const char finding_sql[] =
    "SELECT f.rule, r.title, f.sentence, r.advice, f.confidence, f.severity, f.fingerprint, "
    "p.executable, s.function, s.file, s.line, f.known, f.suppressed_by_id IS NOT NULL, u.reason "
    "FROM findings AS f JOIN programs AS p ON p.id = f.program_id JOIN rules AS r ON r.name = "
    "f.rule LEFT JOIN sites AS s ON s.id = f.site_id LEFT JOIN suppressions AS u ON u.id = "
    "f.suppressed_by_id WHERE f.program_id = ? ORDER BY f.id";

static const char *text_or_null(struct query *row, int column)
{
    return query_is_null(row, column) ? NULL : query_text(row, column);
}

static void tell_row(const struct format_request *request, struct query *row, finding_teller *tell,
                     void *data)
{
    const struct gate *gate = request->gate;
    struct told_finding finding = {
        .rule = query_text(row, FINDING_RULE),
        .title = query_text(row, FINDING_TITLE),
        .sentence = query_text(row, FINDING_SENTENCE),
        .advice = query_text(row, FINDING_ADVICE),
        .confidence = query_text(row, FINDING_CONFIDENCE),
        .severity = query_text(row, FINDING_SEVERITY),
        .fingerprint = query_text(row, FINDING_FINGERPRINT),
        .program = base_name(query_text(row, FINDING_EXECUTABLE)),
        .function = text_or_null(row, FINDING_FUNCTION),
        .file = path_in_sources(text_or_null(row, FINDING_FILE), request->source_root),
        .line = query_integer(row, FINDING_LINE),
        .reason = text_or_null(row, FINDING_REASON),
        .is_known = query_integer(row, FINDING_KNOWN),
        .is_suppressed = query_integer(row, FINDING_SUPPRESSED),
    };
    finding.fails =
        !finding.is_known && !finding.is_suppressed &&
        gate_stops(gate, confidence_of(finding.confidence), severity_of(finding.severity));
    tell(&finding, data);
}

bool tell_findings(const struct format_request *request, struct store *store, int64_t program_id,
                   finding_teller *tell, void *data, struct error *error)
{
    struct query row;
    query_begin(&row, store, finding_sql, program_id);
    while (query_next(&row))
        tell_row(request, &row, tell, data);
    return query_finish(&row, error);
}

static bool tell_run(const struct format_request *request, const struct selection *selection,
                     int64_t run_id, finding_teller *tell, void *data, struct error *error)
{
    struct query row;
    bool good = true;
    query_begin(&row, selection->store, "SELECT id FROM programs WHERE run_id = ? ORDER BY id",
                run_id);
    while (good && query_next(&row))
        good = tell_findings(request, selection->store, query_integer(&row, 0), tell, data, error);
    struct error unread;
    return query_finish(&row, good ? error : &unread) && good;
}

bool tell_all_findings(const struct format_request *request, finding_teller *tell, void *data,
                       struct error *error)
{
    for (size_t i = 0; i < request->selection_count; i++) {
        const struct selection *selection = &request->selections[i];
        for (size_t k = 0; k < selection->run_count; k++) {
            if (!tell_run(request, selection, selection->runs[k], tell, data, error))
                return false;
        }
    }
    return true;
}
