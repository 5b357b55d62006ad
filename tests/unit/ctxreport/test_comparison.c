/* Two runs compared: by fingerprint and program, and what counts as known, new and worse. */
#include "base/error.h"
#include "ctxreport/comparison.h"
#include "ctxreport/options.h"
#include "findings/findings.h"
#include "report_test.h"

struct compared_runs {
    struct run_findings older, newer;
    struct comparison comparison;
};

static void read_run(struct run_findings *findings, struct store *store, int64_t run)
{
    struct error error = {""};
    struct selection selection = {store, &run, 1};
    if (!run_findings_read(findings, &selection, &error))
        fail_msg("%s", error.sentence);
}

static void compare(struct compared_runs *runs, struct store *store, int64_t older, int64_t newer)
{
    struct error error = {""};
    read_run(&runs->older, store, older);
    read_run(&runs->newer, store, newer);
    if (!comparison_make(&runs->comparison, &runs->older, &runs->newer, &error))
        fail_msg("%s", error.sentence);
}

static void forget(struct compared_runs *runs)
{
    comparison_free(&runs->comparison);
    run_findings_free(&runs->older);
    run_findings_free(&runs->newer);
}

static const struct compared *find_rule(const struct compared_runs *runs, const char *rule)
{
    for (size_t i = 0; i < runs->comparison.count; i++) {
        if (strcmp(runs->comparison.items[i].finding->rule, rule) == 0)
            return &runs->comparison.items[i];
    }
    fail_msg("%s is not there", rule);
    return NULL;
}

static void change(struct store *store, const char *sql)
{
    assert_int_equal(sqlite3_exec(store_database(store), sql, NULL, NULL, NULL), SQLITE_OK);
}

/* What changed about lost-cancel from run 1 to run 2 of a report that `sql` was done to. */
static struct compared lost_cancel_after(const char *sql)
{
    struct store *store = store_with("service");
    struct compared_runs runs;
    add_run(store, "service", NULL);
    change(store, sql);
    compare(&runs, store, 1, 2);
    struct compared item = *find_rule(&runs, "lost-cancel");
    static const struct run_finding any = {.severity = SEVERITY_HIGH};
    item.finding = &any;
    forget(&runs);
    store_close(store);
    return item;
}

static bool is_worse(const struct compared *item, unsigned confidence)
{
    return compared_is_worse(item, &(struct gate){.confidence = confidence});
}

static void new_ones_come_first(void **state)
{
    (void)state;
    struct store *store = store_with("dead");
    struct compared_runs runs;
    add_run(store, "service", NULL);
    compare(&runs, store, 1, 2);
    enum change last = CHANGE_NEW;
    size_t counts[CHANGE_COUNT] = {0};
    for (size_t i = 0; i < runs.comparison.count; i++) {
        assert_true(runs.comparison.items[i].change >= last);
        last = runs.comparison.items[i].change;
        counts[last]++;
    }
    assert_int_equal(counts[CHANGE_NEW],
                     number_of(store, "SELECT count(*) FROM finding_summary WHERE run = 2"));
    assert_int_equal(counts[CHANGE_GONE],
                     number_of(store, "SELECT count(*) FROM finding_summary WHERE run = 1"));
    assert_int_equal(counts[CHANGE_KEPT], 0);
    forget(&runs);
    store_close(store);
}

static void kept_ones_have_both_counts(void **state)
{
    (void)state;
    struct store *store = store_with("service");
    struct compared_runs runs;
    add_run(store, "service", NULL);
    change(store, "UPDATE findings SET count = 7 WHERE program_id = 2 AND rule = 'lost-cancel'");
    compare(&runs, store, 1, 2);
    const struct compared *lost = find_rule(&runs, "lost-cancel");
    assert_int_equal(lost->change, CHANGE_KEPT);
    assert_int_equal(lost->older.count[0], 2);
    assert_int_equal(lost->newer.count[0], 7);
    assert_string_equal(lost->finding->site, "refresh_cache (cache.c:77)");
    assert_false(is_worse(lost, CONFIDENCE_PROVED));
    assert_ptr_equal(comparison_find(&runs.comparison, "none", "orders"), NULL);
    forget(&runs);
    store_close(store);
}

static void one_site_in_several_processes_is_one(void **state)
{
    (void)state;
    struct error error = {""};
    struct thresholds thresholds = thresholds_default();
    struct store *store = store_with("service");
    struct compared_runs runs;
    struct snapshot *snapshot = snapshot_of("service");
    struct findings *findings = findings_check(snapshot, &thresholds, NULL);
    add_run(store, "service", NULL);
    assert_true(store_begin(store, &error));
    assert_true(ingest_program(store, 2, snapshot, findings, &error) > 0);
    assert_true(store_commit(store, &error));
    compare(&runs, store, 1, 2);
    assert_int_equal(runs.comparison.count,
                     number_of(store, "SELECT count(*) FROM finding_summary WHERE run = 1"));
    const struct compared *lost = find_rule(&runs, "lost-cancel");
    assert_int_equal(lost->newer.count[0], 4);
    assert_int_equal(lost->change, CHANGE_KEPT);
    forget(&runs);
    findings_free(findings);
    snapshot_free(snapshot);
    store_close(store);
}

static void more_certain_is_worse(void **state)
{
    (void)state;
    struct compared lost = lost_cancel_after("UPDATE findings SET confidence = 'suspect' WHERE "
                                             "program_id = 1 AND rule = 'lost-cancel'");
    assert_int_equal(lost.change, CHANGE_KEPT);
    assert_true(is_worse(&lost, CONFIDENCE_PROVED));
    assert_true(is_worse(&lost, CONFIDENCE_LIKELY));
    assert_false(is_worse(&lost, CONFIDENCE_SUSPECT));
    assert_false(is_worse(&lost, FAIL_ON_NOTHING));

    lost = lost_cancel_after("UPDATE findings SET confidence = 'suspect' WHERE program_id = 2 AND "
                             "rule = 'lost-cancel'");
    assert_false(is_worse(&lost, CONFIDENCE_PROVED));
    assert_false(is_worse(&lost, CONFIDENCE_SUSPECT));
}

static void a_severe_one_is_worse(void **state)
{
    (void)state;
    struct compared lost = lost_cancel_after("DELETE FROM findings WHERE program_id = 1");
    assert_true(compared_is_worse(&lost, &(struct gate){CONFIDENCE_PROVED, SEVERITY_HIGH}));
    assert_false(compared_is_worse(&lost, &(struct gate){CONFIDENCE_PROVED, SEVERITY_CRITICAL}));
}

static const char suppress_old[] = "INSERT INTO suppressions VALUES (1, 1, 'f', 1, 't', NULL, "
                                   "NULL, 0, 1); UPDATE findings SET suppressed_by_id = 1 WHERE "
                                   "program_id = 1 AND rule = 'lost-cancel'",
                  suppress_new[] = "INSERT INTO suppressions VALUES (1, 2, 'f', 1, 't', NULL, "
                                   "NULL, 0, 1); UPDATE findings SET suppressed_by_id = 1 WHERE "
                                   "program_id = 2 AND rule = 'lost-cancel'";

static void what_is_suppressed_is_neither_new_nor_gone(void **state)
{
    (void)state;
    struct compared lost = lost_cancel_after(suppress_new);
    assert_int_equal(lost.change, CHANGE_SUPPRESSED);
    assert_false(is_worse(&lost, CONFIDENCE_SUSPECT));
}

/* When a suppression ends, a run that was suppressed does not go on to excuse what it hid. */
static void what_was_suppressed_is_not_known(void **state)
{
    (void)state;
    struct compared lost = lost_cancel_after(suppress_old);
    assert_int_equal(lost.change, CHANGE_NEW);
    assert_true(is_worse(&lost, CONFIDENCE_PROVED));
}

/* Of two places of one fingerprint the one that is not suppressed counts alone. */
static void what_is_suppressed_in_part_is_compared_in_part(void **state)
{
    (void)state;
    struct compared lost = lost_cancel_after(
        "INSERT INTO suppressions VALUES (1, 2, 'f', 1, 't', NULL, NULL, 0, 1); INSERT INTO "
        "findings SELECT id + 1000, program_id, rule, confidence, severity, 5, sentence, "
        "fingerprint, identified, (SELECT max(id) FROM sites), since_ns, missing, known, 1 FROM "
        "findings WHERE program_id = 2 AND rule = 'lost-cancel'");
    assert_int_equal(lost.change, CHANGE_KEPT);
    assert_int_equal(lost.newer.count[0], 2);
    assert_int_equal(lost.newer.places[0], 1);
}

static void what_has_no_place_is_known_up_to_its_count(void **state)
{
    (void)state;
    struct compared lost = lost_cancel_after(
        "UPDATE findings SET identified = 0 WHERE rule = 'lost-cancel'; UPDATE findings SET count "
        "= 7 WHERE program_id = 2 AND rule = 'lost-cancel'");
    assert_int_equal(lost.change, CHANGE_NEW);
    assert_true(lost.had);
    assert_true(is_worse(&lost, CONFIDENCE_PROVED));

    lost = lost_cancel_after("UPDATE findings SET identified = 0 WHERE rule = 'lost-cancel'; "
                             "UPDATE findings SET count = 1 WHERE program_id = 2");
    assert_int_equal(lost.change, CHANGE_KEPT);
    assert_false(is_worse(&lost, CONFIDENCE_PROVED));
}

/* Two closures of one function have one fingerprint. */
static void more_places_than_were_known_are_new(void **state)
{
    (void)state;
    static const char second[] =
        "INSERT INTO findings SELECT id + 1000, program_id, rule, confidence, severity, 1, "
        "sentence, fingerprint, identified, (SELECT max(id) FROM sites), since_ns, missing, "
        "known, suppressed_by_id FROM findings WHERE program_id = %d AND rule = 'lost-cancel'";
    char sql[sizeof second + 8];
    snprintf(sql, sizeof sql, second, 2);
    struct compared lost = lost_cancel_after(sql);
    assert_int_equal(lost.change, CHANGE_NEW);
    assert_int_equal(lost.older.places[0], 1);
    assert_int_equal(lost.newer.places[0], 2);
    assert_true(is_worse(&lost, CONFIDENCE_PROVED));

    snprintf(sql, sizeof sql, second, 1);
    lost = lost_cancel_after(sql);
    assert_int_equal(lost.change, CHANGE_KEPT);
}

static void a_renamed_program_is_the_same(void **state)
{
    (void)state;
    struct compared lost = lost_cancel_after(
        "UPDATE programs SET executable = '/usr/bin/orders-1.1' WHERE run_id = 2");
    assert_int_equal(lost.change, CHANGE_KEPT);
}

/* Both runs have both programs: what one of them had is not known of the other. */
static void another_program_of_the_run_is_not(void **state)
{
    (void)state;
    struct store *store = store_with("service");
    struct compared_runs runs;
    struct error error = {""};
    struct findings nothing = {0};
    struct snapshot *clean = snapshot_of("clean");
    add_run(store, "service", NULL);
    for (int64_t run = 1; run <= 2; run++) {
        assert_true(store_begin(store, &error));
        assert_true(ingest_program(store, run, clean, &nothing, &error) > 0);
        assert_true(store_commit(store, &error));
    }
    change(store, "UPDATE programs SET executable = '/usr/bin/other' WHERE id > 2;"
                  "UPDATE findings SET program_id = 4 WHERE program_id = 2");
    compare(&runs, store, 1, 2);
    assert_int_equal(find_rule(&runs, "lost-cancel")->change, CHANGE_NEW);
    assert_false(find_rule(&runs, "lost-cancel")->had);
    forget(&runs);
    snapshot_free(clean);
    store_close(store);
}

static void other_versions_of_fingerprints_do_not_compare(void **state)
{
    (void)state;
    struct store *store = store_with("service");
    struct run_findings findings;
    struct error error = {""};
    int64_t run = 1;
    struct selection selection = {store, &run, 1};
    change(store, "UPDATE runs SET fingerprint_version = fingerprint_version + 1");
    assert_false(run_findings_read(&findings, &selection, &error));
    assert_non_null(strstr(error.sentence, "make a new report"));
    run_findings_free(&findings);
    store_close(store);
}

static int count_step(void *state)
{
    ++*(uint64_t *)state;
    return 0;
}

/* How many hundreds of steps SQLite takes to read a run with that many more findings. */
static uint64_t steps_to_read(int findings)
{
    struct store *store = store_with("service");
    struct run_findings found;
    uint64_t steps = 0;
    char sql[512];
    snprintf(sql, sizeof sql,
             "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d) INSERT "
             "INTO findings SELECT 1000 + i, 1, 'lost-cancel', 'proved', 'high', 1, 'x', "
             "printf('%%016x', i), 1, NULL, NULL, NULL, 0, NULL FROM n",
             findings);
    change(store, sql);
    sqlite3_progress_handler(store_database(store), 100, count_step, &steps);
    read_run(&found, store, 1);
    assert_true(found.count > (size_t)findings);
    run_findings_free(&found);
    store_close(store);
    return steps;
}

static void twice_the_findings_take_twice_the_time(void **state)
{
    (void)state;
    assert_true(steps_to_read(4000) < 3 * steps_to_read(2000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(new_ones_come_first),
        cmocka_unit_test(kept_ones_have_both_counts),
        cmocka_unit_test(one_site_in_several_processes_is_one),
        cmocka_unit_test(more_certain_is_worse),
        cmocka_unit_test(a_severe_one_is_worse),
        cmocka_unit_test(what_is_suppressed_is_neither_new_nor_gone),
        cmocka_unit_test(what_was_suppressed_is_not_known),
        cmocka_unit_test(what_is_suppressed_in_part_is_compared_in_part),
        cmocka_unit_test(what_has_no_place_is_known_up_to_its_count),
        cmocka_unit_test(more_places_than_were_known_are_new),
        cmocka_unit_test(a_renamed_program_is_the_same),
        cmocka_unit_test(another_program_of_the_run_is_not),
        cmocka_unit_test(twice_the_findings_take_twice_the_time),
        cmocka_unit_test(other_versions_of_fingerprints_do_not_compare),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
