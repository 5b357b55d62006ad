/*
 * ctxreport diff: what is new, gone and kept between two runs.
 */
#include "base/clock.h"
#include "base/error.h"
#include "ctxreport/command_table.h"
#include "ctxreport/comparison.h"
#include "ctxreport/format_table.h"
#include "ctxreport/growth_between.h"
#include "ctxreport/output.h"
#include "ctxreport/print_options.h"
#include "ctxreport/report_file.h"
#include "ctxreport/say_failure.h"
#include "ctxreport/suppress.h"
#include "ctxreport/verdict.h"
#include "findings/rule_table.h"

#include <stdlib.h>

struct arguments {
    struct print_options print;
    const char *older, *newer;
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct arguments *arguments = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &arguments->print;
        return 0;
    case ARGP_KEY_ARG:
        if (state->arg_num > 1)
            argp_error(state, "Name two reports, the older one first.");
        *(state->arg_num == 0 ? &arguments->older : &arguments->newer) = argument;
        return 0;
    case ARGP_KEY_END:
        if (!arguments->newer)
            argp_error(state, "Name two reports, the older one first; two runs of one report are "
                              "REPORT@1 REPORT@2.");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* ---- the command ---- */

static bool write_comparison(const struct arguments *arguments,
                             const struct format_difference *difference, struct error *error)
{
    struct output output;
    if (!output_open(&output, arguments->print.to, stdout, error))
        return false;
    bool good = arguments->print.format->write_difference(difference, output.stream, error) &&
                output_close(&output, error);
    output_abandon(&output);
    return good;
}

/* What a watch found to be growing, too, is said once. */
static void leave_out_findings(struct growth_between *growth, const struct run_findings *newer)
{
    size_t kept = 0;
    for (size_t i = 0; i < growth->count; i++) {
        struct grown_between *item = &growth->items[i];
        if (!run_findings_has_fingerprint(newer, item->fingerprint)) {
            growth->items[kept++] = *item;
            continue;
        }
        free(item->sentence);
        free(item->site);
    }
    growth->count = kept;
}

/* What is compared, and how. */
struct difference {
    struct run_findings older, newer;
    struct comparison comparison;
    struct growth_between growth;
};

static bool difference_make(struct difference *it, const struct selection *older,
                            const struct selection *newer, struct error *error)
{
    *it = (struct difference){0};
    if (!run_findings_read(&it->older, older, error) ||
        !run_findings_read(&it->newer, newer, error) ||
        !comparison_make(&it->comparison, &it->older, &it->newer, error) ||
        !growth_between_make(&it->growth, older, newer, error))
        return false;
    leave_out_findings(&it->growth, &it->newer);
    return true;
}

static void difference_free(struct difference *it)
{
    growth_between_free(&it->growth);
    comparison_free(&it->comparison);
    run_findings_free(&it->newer);
    run_findings_free(&it->older);
}

static int compare(const struct arguments *arguments, const struct selection *older,
                   const struct selection *newer, struct error *error)
{
    struct difference it;
    const struct gate gate_none = {.confidence = FAIL_ON_NOTHING};
    struct verdict all = {0}, verdict = {.found_status = arguments->print.found_status};
    if (!difference_make(&it, older, newer, error) ||
        !verdict_add(&all, newer, &gate_none, error)) {
        difference_free(&it);
        return say_failure(error);
    }
    const struct gate *gate = &arguments->print.gate;
    verdict.incomplete = all.incomplete;
    for (size_t i = 0; i < it.comparison.count; i++)
        verdict.findings += compared_is_worse(&it.comparison.items[i], gate);
    if (gate_stops(gate, CONFIDENCE_SUSPECT, rule_find("growing-site")->severity))
        verdict.findings += (int64_t)it.growth.count;
    const struct format_difference difference = {.comparison = &it.comparison,
                                                 .growth = &it.growth,
                                                 .newer = newer,
                                                 .exit_status = verdict_status(&verdict),
                                                 .is_quiet = arguments->print.is_quiet};
    int status = write_comparison(arguments, &difference, error) ? difference.exit_status
                                                                 : say_failure(error);
    difference_free(&it);
    return status;
}

static bool suppress_both(const struct print_options *options, const struct selection *older,
                          const struct selection *newer, struct error *error)
{
    struct suppressions *suppressions;
    int64_t now = realtime_ns();
    if (!print_options_suppressions(options, &suppressions, error))
        return false;
    bool good = !suppressions || (suppress_for_now(suppressions, older, now, error) &&
                                  suppress_for_now(suppressions, newer, now, error));
    suppressions_free(suppressions);
    return good;
}

static int diff_main(int argc, char **argv)
{
    static const struct argp_child children[] = {{&print_argp, 0, NULL, 0}, {0}};
    static const struct argp argp = {
        .parser = parse,
        .args_doc = "OLD NEW",
        .doc =
            "Compares the last runs of two reports (or REPORT@N, run N): which findings are new, "
            "gone and kept. They are told apart by rule and site, so that recompiling does not "
            "matter. Of a program that is in both it also says where tasks or contexts pile "
            "up.\vExit status: 0 nothing new, 1 new findings (--fail-on), 2 unreadable, 3 "
            "nothing new in NEW, but its recording is incomplete.",
        .children = children};
    struct arguments arguments = {.print = print_options_default()};
    argp_parse(&argp, argc, argv, 0, NULL, &arguments);

    struct error error;
    if (!format_check(arguments.print.format, format_has_difference, "diff", &error))
        return say_failure(&error);
    struct selection older, newer;
    if (!report_file_open(&older, arguments.older, LAST_RUN, &error))
        return say_failure(&error);
    int status = report_file_open(&newer, arguments.newer, LAST_RUN, &error) &&
                         suppress_both(&arguments.print, &older, &newer, &error)
                     ? compare(&arguments, &older, &newer, &error)
                     : say_failure(&error);
    report_file_close(&older);
    report_file_close(&newer);
    return status;
}

const struct command command_diff = {
    .name = "diff",
    .arguments = "OLD NEW",
    .summary = "Compare two reports: findings new, gone and kept",
    .main = diff_main,
};
