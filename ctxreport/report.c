#include "ctxreport/report.h"

#include <stdlib.h>
#include <string.h>

bool report_open(struct report *report, const struct make_options *options, FILE *standard,
                 struct failure *failure)
{
    *report = (struct report){.options = options};
    if (options->baseline && !(report->baseline = baseline_read(options->baseline, failure)))
        return false;
    report->store = store_create(options->output, failure);
    if (report->store)
        report->out = print_open(&options->print, standard, failure);
    if (report->out)
        return true;
    report_close(report);
    return false;
}

bool report_begin(struct report *report, const struct run *run, struct failure *failure)
{
    if (!store_begin(report->store, failure))
        return false;
    report->run_id = ingest_run(report->store, run, failure);
    if (report->run_id)
        return true;
    store_roll_back(report->store);
    return false;
}

bool report_begin_again(struct report *report, struct failure *failure)
{
    if (!store_begin(report->store, failure))
        return false;
    if (ingest_forget_programs(report->store, report->run_id, failure))
        return true;
    store_roll_back(report->store);
    return false;
}

/* Both kinds of findings behind each other, sharing what the originals own. */
static struct finding *join_findings(const struct findings *found, const struct findings *more,
                                     struct failure *failure)
{
    size_t others = more ? more->count : 0;
    struct finding *items = calloc(found->count + others + 1, sizeof *items);
    if (!items) {
        failure_set(failure, "There is not enough memory for the report.");
        return NULL;
    }
    if (found->count > 0)
        memcpy(items, found->items, found->count * sizeof *items);
    if (others > 0)
        memcpy(items + found->count, more->items, others * sizeof *items);
    return items;
}

bool report_add(struct report *report, const struct snapshot *snapshot, const struct findings *more,
                struct failure *failure)
{
    const struct make_options *options = report->options;
    struct findings *found = findings_check(snapshot, &options->thresholds,
                                            options->rule_count > 0 ? options->rules : NULL);
    if (!found) {
        store_roll_back(report->store);
        return failure_set(failure, "There is not enough memory to check the rules.");
    }
    struct findings all = *found;
    all.items = join_findings(found, more, failure);
    all.count += more ? more->count : 0;
    bool good = all.items && (options->output ? ingest_program : ingest_program_briefly)(
                                 report->store, report->run_id, snapshot, &all, failure) != 0;
    free(all.items);
    findings_free(found);
    if (!good)
        store_roll_back(report->store);
    return good;
}

bool report_add_loss(struct report *report, const char *what, const char *why, int64_t count,
                     struct failure *failure)
{
    if (ingest_run_loss(report->store, report->run_id, what, why, count, failure))
        return true;
    store_roll_back(report->store);
    return false;
}

bool report_commit(struct report *report, struct failure *failure)
{
    if (!report->baseline ||
        baseline_mark(report->baseline, report->store, report->run_id, failure))
        return store_commit(report->store, failure);
    store_roll_back(report->store);
    return false;
}

bool report_print(struct report *report, struct verdict verdict, int *status,
                  struct failure *failure)
{
    const struct print_options *print = &report->options->print;
    struct selection selection = {report->store, &report->run_id, 1};
    if (!verdict_add(&verdict, &selection, print->fail_on, failure))
        return false;
    struct format_request request = {.selections = &selection,
                                     .selection_count = 1,
                                     .out = report->out,
                                     .exit_status = verdict_status(&verdict)};
    bool good = print->format->write(&request, failure);
    FILE *out = report->out;
    report->out = NULL;
    struct failure unwritten;
    *status = request.exit_status;
    return print_close(print, out, good ? failure : &unwritten) && good;
}

void report_close(struct report *report)
{
    if (report->out && report->out != stdout && report->out != stderr)
        fclose(report->out);
    store_close(report->store);
    baseline_free(report->baseline);
    *report = (struct report){0};
}
