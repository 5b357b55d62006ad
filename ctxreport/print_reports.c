#include "ctxreport/print_reports.h"

#include "base/clock.h"
#include "base/error.h"
#include "ctxreport/command_table.h"
#include "ctxreport/job_summary.h"
#include "ctxreport/output.h"
#include "ctxreport/print_options.h"
#include "ctxreport/report_file.h"
#include "ctxreport/say_failure.h"
#include "ctxreport/suppress.h"
#include "ctxreport/verdict.h"

#include <stdlib.h>

struct arguments {
    struct print_options print;
    char **names;
    int count;
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
    (void)argument;
    struct arguments *arguments = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &arguments->print;
        return 0;
    case ARGP_KEY_ARGS:
        arguments->names = state->argv + state->next;
        arguments->count = state->argc - state->next;
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "Name the report to print.");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static int print_selections(const struct arguments *arguments, const struct selection *selections,
                            bool is_export, struct error *error)
{
    struct verdict verdict = {.found_status = arguments->print.found_status};
    for (int i = 0; !is_export && i < arguments->count; i++) {
        if (!verdict_add(&verdict, &selections[i], &arguments->print.gate, error))
            return say_failure(error);
    }
    struct output output;
    if (!output_open(&output, arguments->print.to, stdout, error))
        return say_failure(error);
    struct format_request request = {.selections = selections,
                                     .selection_count = (size_t)arguments->count,
                                     .out = output.stream,
                                     .exit_status = verdict_status(&verdict),
                                     .whole_tables = is_export,
                                     .is_quiet = arguments->print.is_quiet,
                                     .gate = &arguments->print.gate,
                                     .source_root = print_options_root(&arguments->print)};
    bool good = arguments->print.format->write_report(&request, error);
    good = good && output_close(&output, error) &&
           (!arguments->print.wants_job_summary || job_summary_write(&request, error));
    output_abandon(&output);
    return good ? request.exit_status : say_failure(error);
}

static bool suppress_all(const struct arguments *arguments, const struct selection *selections,
                         struct error *error)
{
    struct suppressions *suppressions;
    bool good = print_options_suppressions(&arguments->print, &suppressions, error);
    for (int i = 0; good && suppressions && i < arguments->count; i++)
        good = suppress_for_now(suppressions, &selections[i], realtime_ns(), error);
    suppressions_free(suppressions);
    return good;
}

int print_reports_main(int argc, char **argv, const char *document, const struct format *format,
                       bool is_export)
{
    static const struct argp_child children[] = {{&print_argp, 0, NULL, 0}, {0}};
    const struct argp argp = {
        .parser = parse, .args_doc = "REPORT...", .doc = document, .children = children};
    struct arguments arguments = {.print = print_options_default()};
    arguments.print.format = format;
    argp_parse(&argp, argc, argv, 0, NULL, &arguments);

    struct error error;
    struct selection *selections = calloc((size_t)arguments.count, sizeof *selections);
    if (!selections) {
        error_no_memory(&error);
        return say_failure(&error);
    }
    int opened = 0;
    while (opened < arguments.count &&
           report_file_open(&selections[opened], arguments.names[opened], ALL_RUNS, &error))
        opened++;
    int status = opened < arguments.count || !suppress_all(&arguments, selections, &error)
                     ? say_failure(&error)
                     : print_selections(&arguments, selections, is_export, &error);
    while (opened > 0)
        report_file_close(&selections[--opened]);
    free(selections);
    return status;
}
