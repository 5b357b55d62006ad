#include "ctxreport/summary.h"

#include "base/count.h"
#include "base/error.h"
#include "ctxreport/query.h"
#include "ctxreport/verdict.h"

#include <stdio.h>

static bool add_run(struct summary *summary, struct store *store, int64_t run_id,
                    struct error *error)
{
    struct query row;
    query_begin(&row, store,
                "SELECT sum(unknown AND confidence = 'suspect'), sum(unknown AND confidence = "
                "'likely'), sum(unknown AND confidence = 'proved'), sum(known AND NOT suppressed), "
                "sum(suppressed) FROM (SELECT f.confidence, f.known, f.suppressed_by_id IS NOT "
                "NULL AS suppressed, NOT f.known AND f.suppressed_by_id IS NULL AS unknown FROM "
                "findings AS f JOIN programs AS p ON p.id = f.program_id WHERE p.run_id = ?)",
                run_id);
    if (query_next(&row)) {
        for (int i = 0; i < CONFIDENCE_COUNT; i++)
            summary->findings[i] += query_integer(&row, i);
        summary->known += query_integer(&row, CONFIDENCE_COUNT);
        summary->suppressed += query_integer(&row, CONFIDENCE_COUNT + 1);
    }
    return query_finish(&row, error);
}

bool summary_read(struct summary *summary, const struct format_request *request,
                  struct error *error)
{
    const struct gate none = {.confidence = FAIL_ON_NOTHING};
    struct verdict verdict = {0};
    *summary = (struct summary){0};
    for (size_t i = 0; i < request->selection_count; i++) {
        const struct selection *selection = &request->selections[i];
        if (!verdict_add(&verdict, selection, &none, error))
            return false;
        for (size_t k = 0; k < selection->run_count; k++) {
            if (!add_run(summary, selection->store, selection->runs[k], error))
                return false;
        }
    }
    summary->incomplete = verdict.incomplete;
    return true;
}

int64_t summary_findings(const struct summary *summary)
{
    int64_t count = 0;
    for (int i = 0; i < CONFIDENCE_COUNT; i++)
        count += summary->findings[i];
    return count;
}

bool summary_is_clean(const struct summary *summary)
{
    return summary_findings(summary) == 0 && !summary->incomplete;
}

static void put_certainties(const struct summary *summary, FILE *out)
{
    const char *before = " (";
    for (int i = CONFIDENCE_COUNT - 1; i >= 0; i--) {
        char number[COUNT_SIZE];
        if (summary->findings[i] == 0)
            continue;
        fprintf(out, "%s%s %s", before, number_text(number, sizeof number, summary->findings[i]),
                confidence_name((unsigned)i));
        before = ", ";
    }
    fputs(before[0] == ',' ? ")" : "", out);
}

const char *summary_text(const struct summary *summary, char *out, size_t size)
{
    char number[COUNT_SIZE];
    int64_t count = summary_findings(summary);
    FILE *text = fmemopen(out, size, "w");
    out[0] = '\0';
    if (!text)
        return out;
    fprintf(text, "%s %s", number_text(number, sizeof number, count),
            count == 1 ? "finding" : "findings");
    put_certainties(summary, text);
    if (summary->known > 0)
        fprintf(text, ", %s known", number_text(number, sizeof number, summary->known));
    if (summary->suppressed > 0)
        fprintf(text, ", %s suppressed", number_text(number, sizeof number, summary->suppressed));
    if (summary->incomplete)
        fputs(", incomplete", text);
    fclose(text);
    return out;
}
