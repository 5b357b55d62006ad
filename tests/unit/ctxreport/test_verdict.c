/* The exit status: the command's own failure, then findings, then an incomplete recording. */
#include "base/error.h"
#include "ctxreport/baseline.h"
#include "ctxreport/options.h"
#include "ctxreport/suppress.h"
#include "ctxreport/verdict.h"
#include "report_test.h"

#include <signal.h>

static void what_comes_first(void **state)
{
    (void)state;
    static const struct {
        struct verdict verdict;
        int status;
    } cases[] = {
        {{0}, 0},
        {{.findings = 3}, 1},
        {{.incomplete = true}, 3},
        {{.findings = 3, .incomplete = true}, 1},
        {{.exit_status = 7}, 7},
        {{.exit_status = 7, .findings = 3, .incomplete = true}, 7},
        {{.signal = SIGKILL}, 137},
        {{.signal = SIGTERM, .findings = 3}, 143},
        {{.findings = 3, .found_status = 42}, 42},
        {{.found_status = 42}, 0},
        {{.exit_status = 7, .findings = 3, .found_status = 42}, 7},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(verdict_status(&cases[i].verdict), cases[i].status);
}

static struct verdict verdict_of(struct store *store, int64_t run_id, unsigned fail_on)
{
    struct verdict verdict = {0};
    struct error error = {""};
    struct selection selection = {store, &run_id, 1};
    const struct gate gate = {.confidence = fail_on};
    assert_true(verdict_add(&verdict, &selection, &gate, &error));
    return verdict;
}

static int64_t findings_from(struct store *store, unsigned severity)
{
    struct verdict verdict = {0};
    struct error error = {""};
    int64_t run_id = 1;
    struct selection selection = {store, &run_id, 1};
    const struct gate gate = {.confidence = CONFIDENCE_SUSPECT, .severity = severity};
    assert_true(verdict_add(&verdict, &selection, &gate, &error));
    return verdict.findings;
}

static void severe_findings_can_count_alone(void **state)
{
    (void)state;
    struct store *store = store_with("service");
    assert_int_equal(findings_from(store, SEVERITY_LOW),
                     number_of(store, "SELECT count(*) FROM findings"));
    assert_int_equal(findings_from(store, SEVERITY_HIGH),
                     number_of(store, "SELECT count(*) FROM findings WHERE severity IN ('high', "
                                      "'critical')"));
    assert_int_equal(findings_from(store, SEVERITY_CRITICAL), 1);
    store_close(store);
}

static void suppressed_findings_do_not_count(void **state)
{
    (void)state;
    struct error error = {""};
    struct store *store = store_with("service");
    int64_t all = verdict_of(store, 1, CONFIDENCE_SUSPECT).findings;
    char rule[] = "lost-cancel";
    struct suppression item = {.globs[NARROW_RULE] = rule};
    char file[] = "file";
    const struct suppressions suppressions = {.file = file, .items = &item, .count = 1};
    assert_true(suppress(&suppressions, store, 1, 0, &error));
    assert_int_equal(verdict_of(store, 1, CONFIDENCE_SUSPECT).findings, all - 1);
    assert_int_equal(number_of(store, "SELECT matched FROM suppressions"), 1);
    store_close(store);
}

static void findings_count_from_the_threshold_on(void **state)
{
    (void)state;
    struct store *store = store_with("service");
    int64_t proved = number_of(store, "SELECT count(*) FROM findings WHERE confidence = 'proved'");
    int64_t likely = number_of(store, "SELECT count(*) FROM findings WHERE confidence = 'likely'");
    int64_t all = number_of(store, "SELECT count(*) FROM findings");
    assert_true(proved > 0);
    assert_true(likely > 0);
    assert_int_equal(verdict_of(store, 1, CONFIDENCE_PROVED).findings, proved);
    assert_int_equal(verdict_of(store, 1, CONFIDENCE_LIKELY).findings, proved + likely);
    assert_int_equal(verdict_of(store, 1, CONFIDENCE_SUSPECT).findings, all);
    assert_int_equal(verdict_of(store, 1, FAIL_ON_NOTHING).findings, 0);
    store_close(store);
}

static void known_findings_do_not_count(void **state)
{
    (void)state;
    struct error error = {""};
    struct store *store = store_with("service");
    struct baseline baseline;
    int64_t first = 1;
    struct selection selection = {store, &first, 1};
    assert_true(run_findings_read(&baseline.known, &selection, &error));
    int64_t again = add_run(store, "service", NULL);
    assert_true(verdict_of(store, again, CONFIDENCE_SUSPECT).findings > 0);
    assert_true(baseline_mark(&baseline, store, again, &error));
    assert_int_equal(verdict_of(store, again, CONFIDENCE_SUSPECT).findings, 0);

    int64_t other = add_run(store, "dead", NULL);
    int64_t all = verdict_of(store, other, CONFIDENCE_SUSPECT).findings;
    assert_true(all > 0);
    assert_true(baseline_mark(&baseline, store, other, &error));
    assert_int_equal(verdict_of(store, other, CONFIDENCE_SUSPECT).findings, all);
    run_findings_free(&baseline.known);
    store_close(store);
}

static void a_recording_is_incomplete(void **state)
{
    (void)state;
    struct error error = {""};
    struct run run = {.subcommand = "run", .target = "x", .thresholds = thresholds_default()};
    struct store *store = store_with("clean");
    assert_false(verdict_of(store, 1, CONFIDENCE_PROVED).incomplete);
    int64_t lossy = add_run(store, "service", NULL);
    assert_true(verdict_of(store, lossy, CONFIDENCE_PROVED).incomplete);

    assert_true(store_begin(store, &error));
    int64_t empty = ingest_run(store, &run, &error);
    assert_true(ingest_run_loss(store, 1, "programs", "unreadable", 1, &error));
    assert_true(store_commit(store, &error));
    assert_true(verdict_of(store, empty, CONFIDENCE_PROVED).incomplete);
    assert_true(verdict_of(store, 1, CONFIDENCE_PROVED).incomplete);
    store_close(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_comes_first),
        cmocka_unit_test(findings_count_from_the_threshold_on),
        cmocka_unit_test(severe_findings_can_count_alone),
        cmocka_unit_test(suppressed_findings_do_not_count),
        cmocka_unit_test(known_findings_do_not_count),
        cmocka_unit_test(a_recording_is_incomplete),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
