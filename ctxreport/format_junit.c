/*
 * JUnit XML, which every CI service shows as results of tests. It has no specification; this keeps
 * to what Jenkins' schema (junit-10.xsd of its xUnit plugin) and Ant's have in common.
 *
 * Each program is a test suite with a case for each finding, or one that passed if there is none.
 * A finding that makes the exit status that of failure is a failure. Others are skipped, and say
 * why: they are below --fail-on, known from the baseline, or suppressed. A recording that is
 * incomplete is an error of its run's last suite, so that services fail when ctxreport does.
 */
#include "base/error.h"
#include "ctxreport/format_table.h"
#include "ctxreport/query.h"
#include "ctxreport/told_finding.h"
#include "ctxreport/verdict.h"

#include <inttypes.h>

struct counts {
    int64_t cases, failures, skipped;
};

static void put_text(FILE *out, const char *text)
{
    for (; *text; text++) {
        switch (*text) {
        case '&':
            fputs("&amp;", out);
            break;
        case '<':
            fputs("&lt;", out);
            break;
        case '>':
            fputs("&gt;", out);
            break;
        case '"':
            fputs("&quot;", out);
            break;
        default:
            fputc(*text, out);
        }
    }
}

static void put_attribute(FILE *out, const char *name, const char *text)
{
    fprintf(out, " %s=\"", name);
    put_text(out, text);
    fputc('"', out);
}

/* ---- cases ---- */

static void count_finding(const struct told_finding *finding, void *data)
{
    struct counts *counts = data;
    counts->cases++;
    counts->failures += finding->fails;
    counts->skipped += !finding->fails;
}

static void put_failure(FILE *out, const struct told_finding *finding)
{
    fputs("      <failure", out);
    put_attribute(out, "type", finding->rule);
    put_attribute(out, "message", finding->sentence);
    fputs(">", out);
    if (finding->file) {
        put_text(out, finding->file);
        if (finding->line > 0)
            fprintf(out, ":%" PRId64, finding->line);
        fputs("\n", out);
    }
    put_text(out, finding->advice);
    fprintf(out, "\n%s, %s</failure>\n", finding->confidence, finding->severity);
}

static void put_skipped(FILE *out, const struct told_finding *finding)
{
    fputs("      <skipped message=\"", out);
    if (finding->is_suppressed) {
        fputs("suppressed: ", out);
        put_text(out, finding->reason ? finding->reason : finding->sentence);
    } else {
        fputs(finding->is_known ? "known from the baseline: " : "below --fail-on: ", out);
        put_text(out, finding->sentence);
    }
    fputs("\"/>\n", out);
}

static void put_finding(const struct told_finding *finding, void *data)
{
    FILE *out = data;
    fputs("    <testcase", out);
    put_attribute(out, "classname", finding->rule);
    fputs(" name=\"", out);
    put_text(out, finding->function ? finding->function : finding->title);
    fprintf(out, " [%s]\">\n", finding->fingerprint);
    if (finding->fails)
        put_failure(out, finding);
    else
        put_skipped(out, finding);
    fputs("    </testcase>\n", out);
}

/* ---- suites ---- */

static void begin_suite(FILE *out, const char *name, const struct counts *counts, int errors)
{
    fputs("  <testsuite", out);
    put_attribute(out, "name", name);
    fprintf(out,
            " tests=\"%" PRId64 "\" failures=\"%" PRId64 "\" errors=\"%d\" skipped=\"%" PRId64
            "\">\n",
            counts->cases, counts->failures, errors, counts->skipped);
}

static bool write_program(const struct format_request *request, struct store *store,
                          struct query *row, struct error *error)
{
    FILE *out = request->out;
    int64_t id = query_integer(row, 0);
    struct counts counts = {0};
    if (!tell_findings(request, store, id, count_finding, &counts, error))
        return false;
    bool is_clean = counts.cases == 0;
    counts.cases += is_clean;
    begin_suite(out, query_text(row, 1), &counts, 0);
    if (is_clean)
        fputs("    <testcase classname=\"ctxreport\" name=\"nothing found\"/>\n", out);
    bool good = tell_findings(request, store, id, put_finding, out, error);
    fputs("  </testsuite>\n", out);
    return good;
}

static bool write_incomplete(const struct format_request *request, const struct selection *run,
                             struct error *error)
{
    struct verdict verdict = {0};
    if (!verdict_add(&verdict, run, request->gate, error))
        return false;
    if (!verdict.incomplete)
        return true;
    begin_suite(request->out, "recording", &(struct counts){.cases = 1}, 1);
    fputs("    <testcase classname=\"ctxreport\" name=\"the recording is complete\">\n"
          "      <error type=\"incomplete\" message=\"something that was alive is missing, or "
          "nothing was recorded; the text report says what\"/>\n"
          "    </testcase>\n  </testsuite>\n",
          request->out);
    return true;
}

static bool write_run(const struct format_request *request, struct store *store, int64_t run_id,
                      struct error *error)
{
    struct query row;
    bool good = true;
    query_begin(&row, store,
                "SELECT id, coalesce(nullif(command, ''), executable) || ' (pid ' || pid || ')' "
                "FROM programs WHERE run_id = ? ORDER BY id",
                run_id);
    while (good && query_next(&row))
        good = write_program(request, store, &row, error);
    struct error unread;
    good = query_finish(&row, good ? error : &unread) && good;
    return good && write_incomplete(request, &(struct selection){store, &run_id, 1}, error);
}

static bool write_report(const struct format_request *request, struct error *error)
{
    bool good = true;
    fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"ctxreport\">\n",
          request->out);
    for (size_t i = 0; good && i < request->selection_count; i++) {
        const struct selection *selection = &request->selections[i];
        for (size_t k = 0; good && k < selection->run_count; k++)
            good = write_run(request, selection->store, selection->runs[k], error);
    }
    fputs("</testsuites>\n", request->out);
    return good;
}

const struct format format_junit = {
    .name = "junit",
    .write_report = write_report,
};
