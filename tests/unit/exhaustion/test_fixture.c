/* A text fixture: the builder, the rules, and the report in each format. */
#include "base/error.h"
#include "ctxreport/format_table.h"
#include "ctxreport/gate.h"
#include "ctxreport/ingest.h"
#include "ctxreport/output.h"
#include "digest.h"
#include "failing.h"
#include "findings/findings.h"
#include "findings/rule.h"
#include "inspect/source.h"
#include "libraries.h"

#include <unistd.h>

#define FIXTURE "../programs/fixtures/service.snapshot"

enum { FORMATS_AT_MOST = 16 };

static char directory[] = "/tmp/ctxtrace-exhaustion-XXXXXX", printed[64], kept[64];

static bool no_memory(char *said, size_t size)
{
    snprintf(said, size, "memory ran out");
    return false;
}

static bool take(struct snapshot **snapshot, char *said, size_t size)
{
    struct error error = {""};
    *snapshot = NULL;
    struct session *session = session_open(FIXTURE, NULL, &error);
    if (session)
        *snapshot = session_take(session, &error);
    if (session)
        session_close(session);
    snprintf(said, size, "%s", error.sentence);
    return *snapshot != NULL;
}

static bool judge(char *said, size_t size)
{
    struct snapshot *snapshot;
    const struct thresholds thresholds = thresholds_default();
    if (!take(&snapshot, said, size))
        return false;
    struct findings *findings = findings_check(snapshot, &thresholds, NULL);
    bool done = findings != NULL || no_memory(said, size);
    if (done) {
        static uint64_t whole_snapshot, whole_findings;
        digest_check(&whole_snapshot, digest_of(snapshot));
        digest_check(&whole_findings, digest_of_findings(findings));
    }
    findings_free(findings);
    snapshot_free(snapshot);
    return done;
}

static bool store_it(struct store *store, int64_t *run_id, const struct snapshot *snapshot,
                     const struct findings *findings, struct error *error)
{
    const struct run run = {.subcommand = "inspect",
                            .target = FIXTURE,
                            .made_ns = 1,
                            .thresholds = thresholds_default()};
    return store_begin(store, error) && (*run_id = ingest_run(store, &run, error)) != 0 &&
           ingest_program(store, *run_id, snapshot, findings, error) && store_commit(store, error);
}

/* In each format, into a file, which then has all of it. */
static bool write_all(struct store *store, int64_t run_id, uint64_t *whole, struct error *error)
{
    const struct selection selection = {store, &run_id, 1};
    const struct gate gate = gate_default();
    for (size_t i = 0; format_table[i]; i++) {
        assert_true(i < FORMATS_AT_MOST);
        struct output output;
        if (!output_open(&output, printed, stdout, error))
            return false;
        const struct format_request request = {.selections = &selection,
                                               .selection_count = 1,
                                               .out = output.stream,
                                               .gate = &gate,
                                               .whole_tables = true};
        bool good = format_table[i]->write_report(&request, error);
        good = good && output_close(&output, error);
        output_abandon(&output);
        if (!good)
            return false;
        digest_check(&whole[i], digest_of_file(printed));
    }
    return true;
}

/* `path`: of a report that is added to; NULL: it is in memory. */
static bool report_to(const char *path, uint64_t *whole, char *said, size_t size)
{
    struct snapshot *snapshot;
    struct error error = {""};
    const struct thresholds thresholds = thresholds_default();
    int64_t run_id;
    if (!take(&snapshot, said, size))
        return false;
    struct findings *findings = findings_check(snapshot, &thresholds, NULL);
    struct store *store = findings ? store_create(path, &error) : NULL;
    bool done = findings != NULL || no_memory(error.sentence, sizeof error.sentence);
    done = done && store && store_it(store, &run_id, snapshot, findings, &error) &&
           write_all(store, run_id, whole, &error);
    store_close(store);
    findings_free(findings);
    snapshot_free(snapshot);
    snprintf(said, size, "%s", error.sentence);
    return done;
}

static bool report(char *said, size_t size)
{
    static uint64_t whole[FORMATS_AT_MOST];
    return report_to(NULL, whole, said, size);
}

/* What is there afterwards is no report, or a whole one. */
static bool kept_report(char *said, size_t size)
{
    static uint64_t whole[FORMATS_AT_MOST];
    bool done = report_to(kept, whole, said, size);
    failing_suspend(true);
    struct error error;
    struct store *store = access(kept, F_OK) == 0 ? store_open(kept, &error) : NULL;
    assert_true(store || access(kept, F_OK) != 0);
    store_close(store);
    unlink(kept);
    failing_suspend(false);
    return done;
}

static void a_snapshot_and_its_findings(void **state)
{
    (void)state;
    failing_drive("snapshot", judge, FAILING_ALL, 0);
}

static int make_directory(void **state)
{
    (void)state;
    failing_in_libraries();
    if (!mkdtemp(directory))
        return -1;
    snprintf(printed, sizeof printed, "%s/printed", directory);
    snprintf(kept, sizeof kept, "%s/kept.db", directory);
    return 0;
}

static int remove_directory(void **state)
{
    (void)state;
    unlink(printed);
    return rmdir(directory);
}

static void a_report_in_each_format(void **state)
{
    (void)state;
    failing_drive("report", report, 1000, 0);
}

static void a_report_in_a_file(void **state)
{
    (void)state;
    failing_drive("report in a file", kept_report, 1000, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_snapshot_and_its_findings),
        cmocka_unit_test(a_report_in_each_format),
        cmocka_unit_test(a_report_in_a_file),
    };
    return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
