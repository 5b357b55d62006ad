#include "ctxreport/text_findings.h"

#include "base/duration.h"
#include "base/error.h"
#include "base/moment.h"
#include "base/times.h"
#include "ctxreport/query.h"
#include "ctxreport/stack_text.h"

#include <inttypes.h>
#include <string.h>

static enum style style_of(const char *confidence)
{
    if (strcmp(confidence, "proved") == 0)
        return STYLE_PROVED;
    return strcmp(confidence, "likely") == 0 ? STYLE_LIKELY : STYLE_SUSPECT;
}

static const char *in_capitals(const char *confidence)
{
    if (strcmp(confidence, "proved") == 0)
        return "PROVED ";
    return strcmp(confidence, "likely") == 0 ? "LIKELY " : "SUSPECT";
}

/* Columns of the query in text_findings(). */
enum finding_column {
    FINDING_ID,
    FINDING_CONFIDENCE,
    FINDING_SEVERITY,
    FINDING_RULE,
    FINDING_TITLE,
    FINDING_SENTENCE,
    FINDING_ADVICE,
    FINDING_SINCE,
    FINDING_MISSING,
    FINDING_KNOWN,
    FINDING_FINGERPRINT
};

static void write_finding_head(const struct page *page, struct query *row, int64_t number,
                               const struct text_program *program)
{
    page_print(page, STYLE_TITLE, "%3" PRId64 "  ", number);
    page_put(page, style_of(query_text(row, FINDING_CONFIDENCE)),
             in_capitals(query_text(row, FINDING_CONFIDENCE)));
    fputs("  ", page->out);
    page_put(page, STYLE_TITLE, query_text(row, FINDING_TITLE));
    page_print(page, STYLE_FAINT, "  [%s, %s]", query_text(row, FINDING_RULE),
               query_text(row, FINDING_SEVERITY));
    if (query_integer(row, FINDING_KNOWN))
        page_put(page, STYLE_FAINT, "  known from the baseline");
    fputc('\n', page->out);
    page_paragraph(page, 5, STYLE_PLAIN, "", query_text(row, FINDING_SENTENCE));
    if (!query_is_null(row, FINDING_SINCE) && program->taken_known) {
        char age[DURATION_SIZE], moment[MOMENT_SIZE];
        int64_t since = query_integer(row, FINDING_SINCE);
        const char *at_least = program->taken_at_least ? "at least " : "";
        duration_text(age, sizeof age, time_between(since, program->taken_ns));
        if (program->real_time)
            page_print(page, STYLE_FAINT, "     since %s, for %s%s",
                       moment_text(moment, sizeof moment, since), at_least, age);
        else
            page_print(page, STYLE_FAINT, "     for %s%s", at_least, age);
        fputc('\n', page->out);
    }
}

static void write_finding_foot(const struct page *page, struct query *row)
{
    if (query_text(row, FINDING_MISSING)[0]) {
        page_print(page, STYLE_FAINT, "     not proved, because %s",
                   query_text(row, FINDING_MISSING));
        fputc('\n', page->out);
    }
    page_paragraph(page, 5, STYLE_GOOD, "What to do:", query_text(row, FINDING_ADVICE));
    fputc('\n', page->out);
}

bool text_findings(const struct page *page, struct store *store, const struct text_program *program,
                   struct error *error)
{
    struct query row;
    query_begin(&row, store,
                "SELECT f.id, f.confidence, f.severity, f.rule, r.title, f.sentence, r.advice, "
                "f.since_ns, p.text, f.known, f.fingerprint FROM findings AS f JOIN rules AS r ON "
                "r.name = f.rule LEFT JOIN preconditions AS p ON p.id = f.missing WHERE "
                "f.program_id = ? AND f.suppressed_by_id IS NULL ORDER BY f.id",
                program->id);
    int64_t number = 0;
    bool good = true;
    while (good && query_next(&row)) {
        write_finding_head(page, &row, ++number, program);
        good = stack_text_of_finding(page, store, query_integer(&row, FINDING_ID), error);
        write_finding_foot(page, &row);
    }
    return query_finish(&row, error) && good;
}
