#include "ctxreport/report.h"

#include "base/error.h"
#include "ctxreport/job_summary.h"
#include "ctxreport/query.h"
#include "ctxreport/suppress.h"
#include "findings/findings.h"

#include <stdlib.h>
#include <string.h>

bool report_open(struct report *report, const struct make_options *options, FILE *standard,
                 struct error *error)
{
    *report = (struct report){.options = options, .output = {.file = NEW_FILE_NONE}};
    if (!print_options_suppressions(&options->print, &report->suppressions, error))
        return false;
    if (options->baseline && !(report->baseline = baseline_read(options->baseline, error))) {
        report_close(report);
        return false;
    }
    report->store = store_create(options->output, error);
    if (report->store && output_open(&report->output, options->print.to, standard, error))
        return true;
    report_close(report);
    return false;
}

bool report_begin(struct report *report, const struct run *run, struct error *error)
{
    if (!store_begin(report->store, error))
        return false;
    report->made_ns = run->made_ns;
    report->run_id = ingest_run(report->store, run, error);
    if (report->run_id)
        return true;
    store_roll_back(report->store);
    return false;
}

/* Somebody may have put another report in the place of ours, with other runs of the same number. */
static bool is_our_run(struct report *report, struct error *error)
{
    int64_t made_ns;
    if (!query_number(report->store, "SELECT made_ns FROM runs WHERE id = ?", report->run_id, 0,
                      &made_ns, error))
        return false;
    return made_ns == report->made_ns ||
           error_set(error,
                     "%s was replaced by another report while it was written; what was seen "
                     "until then is in the one that was there; name another file with -o",
                     store_path(report->store));
}

bool report_begin_again(struct report *report, struct error *error)
{
    if (!store_begin(report->store, error))
        return false;
    if (is_our_run(report, error) && ingest_forget_programs(report->store, report->run_id, error))
        return true;
    store_roll_back(report->store);
    return false;
}

static uint32_t count_over_time(const struct findings *findings)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < findings->count; i++)
        count += findings->items[i].rule->check_over_time != NULL;
    return count;
}

bool report_add(struct report *report, const struct snapshot *snapshot, const struct growth *growth,
                struct error *error)
{
    const struct make_options *options = report->options;
    struct findings *found = findings_check_over_time(
        snapshot, growth, &options->thresholds, options->rule_count > 0 ? options->rules : NULL);
    if (!found) {
        store_roll_back(report->store);
        return error_no_memory(error);
    }
    report->found_over_time = count_over_time(found);
    bool is_whole = options->output || options->print.format->needs_tables;
    bool good = (is_whole ? ingest_program : ingest_program_briefly)(report->store, report->run_id,
                                                                     snapshot, found, error) != 0;
    findings_free(found);
    if (!good)
        store_roll_back(report->store);
    return good;
}

bool report_add_loss(struct report *report, const char *what, const char *why, int64_t count,
                     struct error *error)
{
    if (ingest_run_loss(report->store, report->run_id, what, why, count, error))
        return true;
    store_roll_back(report->store);
    return false;
}

/* What the user knows already, and what the user does not want to be told of. */
static bool mark_findings(struct report *report, struct error *error)
{
    if (report->baseline && !baseline_mark(report->baseline, report->store, report->run_id, error))
        return false;
    return !report->suppressions ||
           suppress(report->suppressions, report->store, report->run_id, report->made_ns, error);
}

bool report_commit(struct report *report, struct error *error)
{
    if (mark_findings(report, error))
        return store_commit(report->store, error);
    store_roll_back(report->store);
    return false;
}

bool report_print(struct report *report, struct verdict verdict, int *status, struct error *error)
{
    const struct print_options *print = &report->options->print;
    struct selection selection = {report->store, &report->run_id, 1};
    verdict.found_status = print->found_status;
    if (!verdict_add(&verdict, &selection, &print->gate, error))
        return false;
    struct format_request request = {.selections = &selection,
                                     .selection_count = 1,
                                     .out = report->output.stream,
                                     .exit_status = verdict_status(&verdict),
                                     .is_quiet = print->is_quiet,
                                     .gate = &print->gate,
                                     .source_root = print_options_root(print)};
    bool good = print->format->write_report(&request, error);
    *status = request.exit_status;
    return good && output_close(&report->output, error) &&
           (!print->wants_job_summary || job_summary_write(&request, error));
}

void report_close(struct report *report)
{
    output_abandon(&report->output);
    store_close(report->store);
    baseline_free(report->baseline);
    suppressions_free(report->suppressions);
    *report = (struct report){.output = {.file = NEW_FILE_NONE}};
}
