/*
 * ctxreport diff: what is new, gone and kept between two runs.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "ctxreport/command.h"
#include "ctxreport/comparison.h"
#include "ctxreport/growth_between.h"
#include "ctxreport/json_stream.h"
#include "ctxreport/options.h"
#include "ctxreport/output.h"
#include "ctxreport/page.h"
#include "ctxreport/report_file.h"
#include "ctxreport/verdict.h"

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

/* ---- text ---- */

static void write_item(const struct page *page, const struct compared *item)
{
    static const enum style styles[CHANGE_COUNT] = {
        [CHANGE_NEW] = STYLE_PROVED, [CHANGE_KEPT] = STYLE_PLAIN, [CHANGE_GONE] = STYLE_GOOD};
    page_print(page, styles[item->change], "%-5s", change_name(item->change));
    unsigned confidence = item->change == CHANGE_GONE ? item->old_confidence : item->new_confidence;
    const struct run_finding *finding = item->finding;
    page_print(page, STYLE_TITLE, "%-8s %-20s", confidence_name(confidence), finding->rule);
    if (finding->site[0])
        page_print(page, STYLE_PLAIN, "  %s", finding->site);
    int64_t before = item->older.count[0], now = item->newer.count[0];
    if (item->had && item->has && before != now)
        page_print(page, now > before ? STYLE_WARNING : STYLE_GOOD, "  %" PRId64 " -> %" PRId64,
                   before, now);
    if (item->change == CHANGE_NEW && item->had)
        page_put(page, STYLE_WARNING, "  (more than was known)");
    if (item->change == CHANGE_KEPT && item->old_confidence != item->new_confidence)
        page_print(page, STYLE_WARNING, "  (was %s)", confidence_name(item->old_confidence));
    fputc('\n', page->out);
    if (item->change != CHANGE_GONE)
        page_paragraph(page, 5, STYLE_PLAIN, "", finding->sentence);
}

static void write_grown(const struct page *page, const struct grown_between *item)
{
    page_print(page, STYLE_WARNING, "%-5s", "more");
    page_print(page, STYLE_TITLE, "%-8s %-20s", confidence_name(CONFIDENCE_SUSPECT),
               "growing-site");
    if (item->site[0])
        page_print(page, STYLE_PLAIN, "  %s", item->site);
    page_print(page, STYLE_WARNING, "  %" PRId64 " -> %" PRId64, item->old_count, item->new_count);
    fputc('\n', page->out);
    page_paragraph(page, 5, STYLE_PLAIN, "", item->sentence);
}

static void write_text(const struct comparison *comparison, const struct growth_between *growth,
                       FILE *out)
{
    struct page page = page_for(out);
    int counts[CHANGE_COUNT] = {0};
    for (size_t i = 0; i < comparison->count; i++) {
        counts[comparison->items[i].change]++;
        write_item(&page, &comparison->items[i]);
    }
    for (size_t i = 0; i < growth->count; i++)
        write_grown(&page, &growth->items[i]);
    if (comparison->count > 0 || growth->count > 0)
        fputc('\n', out);
    page_print(&page, STYLE_TITLE, "%d new, %d kept, %d gone.", counts[CHANGE_NEW],
               counts[CHANGE_KEPT], counts[CHANGE_GONE]);
    fputc('\n', out);
}

/* ---- JSON ---- */

static json_t *side(bool there, unsigned confidence, int64_t count)
{
    if (!there)
        return json_null();
    return json_pack("{s:s,s:I}", "confidence", confidence_name(confidence), "count",
                     (json_int_t)count);
}

static void write_json(const struct comparison *comparison, const struct growth_between *growth,
                       int exit_status, FILE *out)
{
    struct json_stream stream = {.out = out};
    stream_begin(&stream, NULL, '{');
    stream_value(&stream, "ctxtrace_diff", json_integer(1));
    stream_value(&stream, "exit_status", json_integer(exit_status));
    stream_begin(&stream, "findings", '[');
    for (size_t i = 0; i < comparison->count; i++) {
        const struct compared *item = &comparison->items[i];
        json_t *value =
            json_pack("{s:s,s:s,s:s,s:s,s:s,s:o,s:o}", "change", change_name(item->change), "rule",
                      item->finding->rule, "fingerprint", item->finding->fingerprint, "site",
                      item->finding->site, "sentence", item->finding->sentence, "old",
                      side(item->had, item->old_confidence, item->older.count[0]), "new",
                      side(item->has, item->new_confidence, item->newer.count[0]));
        if (value)
            stream_value(&stream, NULL, value);
    }
    stream_end(&stream);
    stream_begin(&stream, "grown", '[');
    for (size_t i = 0; i < growth->count; i++) {
        const struct grown_between *item = &growth->items[i];
        json_t *value = json_pack("{s:s,s:s,s:s,s:I,s:I}", "fingerprint", item->fingerprint, "site",
                                  item->site, "sentence", item->sentence, "old",
                                  (json_int_t)item->old_count, "new", (json_int_t)item->new_count);
        if (value)
            stream_value(&stream, NULL, value);
    }
    stream_end(&stream);
    stream_end(&stream);
}

/* ---- the command ---- */

static bool write_comparison(const struct arguments *arguments, const struct comparison *comparison,
                             const struct growth_between *growth, int exit_status,
                             struct failure *failure)
{
    struct output output;
    if (!output_open(&output, arguments->print.to, stdout, failure))
        return false;
    if (arguments->print.format == &format_json)
        write_json(comparison, growth, exit_status, output.stream);
    else
        write_text(comparison, growth, output.stream);
    return output_close(&output, failure);
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
                            const struct selection *newer, struct failure *failure)
{
    *it = (struct difference){0};
    if (!run_findings_read(&it->older, older, failure) ||
        !run_findings_read(&it->newer, newer, failure) ||
        !comparison_make(&it->comparison, &it->older, &it->newer, failure) ||
        !growth_between_make(&it->growth, older, newer, failure))
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
                   const struct selection *newer, struct failure *failure)
{
    struct difference it;
    struct verdict all = {0}, verdict = {0};
    if (!difference_make(&it, older, newer, failure) ||
        !verdict_add(&all, newer, FAIL_ON_NOTHING, failure)) {
        difference_free(&it);
        return say_failure(failure);
    }
    unsigned fail_on = arguments->print.fail_on;
    verdict.incomplete = all.incomplete;
    for (size_t i = 0; i < it.comparison.count; i++)
        verdict.findings += compared_is_worse(&it.comparison.items[i], fail_on);
    verdict.findings += fail_on == CONFIDENCE_SUSPECT ? (int64_t)it.growth.count : 0;
    int status = verdict_status(&verdict);
    if (!write_comparison(arguments, &it.comparison, &it.growth, status, failure))
        status = say_failure(failure);
    difference_free(&it);
    return status;
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

    struct failure failure;
    if (arguments.print.format == &format_sarif) {
        failure_set(&failure, "diff prints text or JSON; for SARIF, export the newer report.");
        return say_failure(&failure);
    }
    struct selection older, newer;
    if (!report_file_open(&older, arguments.older, LAST_RUN, &failure))
        return say_failure(&failure);
    int status = report_file_open(&newer, arguments.newer, LAST_RUN, &failure)
                     ? compare(&arguments, &older, &newer, &failure)
                     : say_failure(&failure);
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
