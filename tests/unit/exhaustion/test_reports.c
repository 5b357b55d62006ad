/* What ctxreport does beside a report: comparing two, listing what there is, starting a command. */
#include "base/error.h"
#include "ctxreport/comparison.h"
#include "ctxreport/format_table.h"
#include "ctxreport/growth_between.h"
#include "ctxreport/ingest.h"
#include "ctxreport/launch.h"
#include "ctxreport/output.h"
#include "ctxreport/report_file.h"
#include "digest.h"
#include "failing.h"
#include "findings/findings.h"
#include "findings/rule.h"
#include "inspect/source.h"
#include "inspect/watchable.h"
#include "libraries.h"

#include <unistd.h>

enum { FORMATS_AT_MOST = 8 };

static char directory[] = "/tmp/ctxtrace-exhaustion-XXXXXX", printed[64], older[64], newer[64];

/* ---- two reports ---- */

static void make_report(const char *path, const char *fixture)
{
    struct error error = {""};
    const struct thresholds thresholds = thresholds_default();
    const struct run run = {
        .subcommand = "inspect", .target = fixture, .made_ns = 1, .thresholds = thresholds};
    struct session *session = session_open(fixture, NULL, &error);
    assert_non_null(session);
    struct snapshot *snapshot = session_take(session, &error);
    struct findings *findings = findings_check(snapshot, &thresholds, NULL);
    struct store *store = store_create(path, &error);
    assert_true(store_begin(store, &error));
    int64_t run_id = ingest_run(store, &run, &error);
    assert_true(ingest_program(store, run_id, snapshot, findings, &error));
    assert_true(store_commit(store, &error));
    store_close(store);
    findings_free(findings);
    snapshot_free(snapshot);
    session_close(session);
}

struct difference {
    struct selection selections[2];
    struct run_findings findings[2];
    struct comparison comparison;
    struct growth_between growth;
};

static bool read_both(struct difference *it, struct error *error)
{
    const char *const paths[2] = {older, newer};
    for (int i = 0; i < 2; i++)
        if (!report_file_open(&it->selections[i], paths[i], LAST_RUN, error) ||
            !run_findings_read(&it->findings[i], &it->selections[i], error))
            return false;
    return comparison_make(&it->comparison, &it->findings[0], &it->findings[1], error) &&
           growth_between_make(&it->growth, &it->selections[0], &it->selections[1], error);
}

static void end_both(struct difference *it)
{
    growth_between_free(&it->growth);
    comparison_free(&it->comparison);
    for (int i = 0; i < 2; i++) {
        run_findings_free(&it->findings[i]);
        report_file_close(&it->selections[i]);
    }
}

/* In each format, into a file, which then has all of it. */
static bool write_difference(const struct difference *it, struct error *error)
{
    static uint64_t whole[FORMATS_AT_MOST];
    const struct format_difference difference = {
        .comparison = &it->comparison, .growth = &it->growth, .newer = &it->selections[1]};
    for (size_t i = 0; format_table[i] && i < FORMATS_AT_MOST; i++) {
        struct output output;
        if (!format_has_difference(format_table[i]))
            continue;
        if (!output_open(&output, printed, stdout, error))
            return false;
        bool good = format_table[i]->write_difference(&difference, output.stream, error) &&
                    output_close(&output, error);
        output_abandon(&output);
        if (!good)
            return false;
        digest_check(&whole[i], digest_of_file(printed));
    }
    return true;
}

static bool compare(char *said, size_t size)
{
    struct error error = {""};
    struct difference it = {0};
    bool done = read_both(&it, &error) && write_difference(&it, &error);
    end_both(&it);
    snprintf(said, size, "%s", error.sentence);
    return done;
}

static void two_reports_are_compared(void **state)
{
    (void)state;
    make_report(older, "../programs/fixtures/clean.snapshot");
    make_report(newer, "../programs/fixtures/service.snapshot");
    failing_drive("difference", compare, 200, 0);
}

/* ---- what there is ---- */

/* Programs come and go, so two lists differ; but each that is printed is printed to its end. */
static bool list(char *said, size_t size)
{
    struct error error = {""};
    struct watchables found;
    bool done = watchables_find(&found, &error);
    for (size_t i = 0; done && format_table[i]; i++) {
        struct output output;
        if (!format_has_list(format_table[i]))
            continue;
        done = output_open(&output, printed, stdout, &error);
        if (!done)
            break;
        format_table[i]->write_list(&found, output.stream);
        done = output_close(&output, &error);
        output_abandon(&output);
    }
    watchables_free(&found);
    snprintf(said, size, "%s", error.sentence);
    return done;
}

static void what_there_is_is_listed(void **state)
{
    (void)state;
    failing_drive("list", list, 60, 0);
}

/* ---- a command ---- */

static void prepare_nothing(void *state)
{
    (void)state;
}

static bool start(char *said, size_t size)
{
    char name[] = "true";
    char *const arguments[] = {name, NULL};
    struct error error = {""};
    struct launch_end end;
    bool done = launch(arguments, prepare_nothing, NULL, &end, &error);
    assert_true(!done || (end.exit_status == 0 && end.signal == 0));
    snprintf(said, size, "%s", error.sentence);
    return done;
}

static void a_command_is_started(void **state)
{
    (void)state;
    failing_drive("command", start, FAILING_ALL, 0);
}

static int make_directory(void **state)
{
    (void)state;
    failing_in_libraries();
    if (!mkdtemp(directory))
        return -1;
    snprintf(printed, sizeof printed, "%s/printed", directory);
    snprintf(older, sizeof older, "%s/older.db", directory);
    snprintf(newer, sizeof newer, "%s/newer.db", directory);
    return setenv("CTXTRACE_DIR", directory, 1);
}

static int remove_directory(void **state)
{
    (void)state;
    unlink(printed);
    unlink(older);
    unlink(newer);
    return rmdir(directory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_reports_are_compared),
        cmocka_unit_test(what_there_is_is_listed),
        cmocka_unit_test(a_command_is_started),
    };
    return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
