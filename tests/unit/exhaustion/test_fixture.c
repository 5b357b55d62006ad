/* A text fixture: the builder, the rules, and the report in each format. */
#include "base/error.h"
#include "failing.h"

#include "ctxreport/format_table.h"
#include "ctxreport/ingest.h"
#include "findings/findings.h"
#include "findings/rule.h"
#include "inspect/source.h"

#define FIXTURE "../programs/fixtures/service.snapshot"

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

static bool write_all(struct store *store, int64_t run_id, struct error *error)
{
    const struct selection selection = {store, &run_id, 1};
    for (size_t i = 0; format_table[i]; i++) {
        const struct format_request request = {
            .selections = &selection, .selection_count = 1, .out = stderr, .whole_tables = true};
        if (!format_table[i]->write_report(&request, error))
            return false;
    }
    return true;
}

static bool report(char *said, size_t size)
{
    struct snapshot *snapshot;
    struct error error = {""};
    const struct thresholds thresholds = thresholds_default();
    int64_t run_id;
    if (!take(&snapshot, said, size))
        return false;
    struct findings *findings = findings_check(snapshot, &thresholds, NULL);
    struct store *store = findings ? store_create(NULL, &error) : NULL;
    bool done = findings != NULL || no_memory(error.sentence, sizeof error.sentence);
    done = done && store && store_it(store, &run_id, snapshot, findings, &error) &&
           write_all(store, run_id, &error);
    store_close(store);
    findings_free(findings);
    snapshot_free(snapshot);
    snprintf(said, size, "%s", error.sentence);
    return done;
}

static void a_snapshot_and_its_findings(void **state)
{
    (void)state;
    failing_drive("snapshot", judge, FAILING_ALL, 0);
}

static void a_report_in_each_format(void **state)
{
    (void)state;
    assert_non_null(freopen("/dev/null", "w", stderr));
    failing_drive("report", report, FAILING_ALL, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_snapshot_and_its_findings),
        cmocka_unit_test(a_report_in_each_format),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
