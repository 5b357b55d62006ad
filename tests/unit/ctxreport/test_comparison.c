/* Two runs compared: by fingerprint, over all programs of a run, and what counts as worse. */
#include "report_test.h"

#include "ctxreport/comparison.h"
#include "ctxreport/options.h"

static struct comparison compare(struct store *store, int64_t older, int64_t newer)
{
    struct comparison comparison;
    struct failure failure = {""};
    struct selection one = {store, &older, 1}, other = {store, &newer, 1};
    if (!comparison_make(&comparison, &one, &other, &failure))
        fail_msg("%s", failure.sentence);
    return comparison;
}

static const struct compared *find_rule(const struct comparison *comparison, const char *rule)
{
    for (size_t i = 0; i < comparison->count; i++) {
        if (strcmp(comparison->items[i].rule, rule) == 0)
            return &comparison->items[i];
    }
    fail_msg("%s is not there", rule);
    return NULL;
}

static void change(struct store *store, const char *sql)
{
    assert_int_equal(sqlite3_exec(store_database(store), sql, NULL, NULL, NULL), SQLITE_OK);
}

static void new_ones_come_first(void **state)
{
    (void)state;
    struct store *store = store_with("dead");
    add_run(store, "service", NULL);
    struct comparison comparison = compare(store, 1, 2);
    enum change last = CHANGE_NEW;
    size_t counts[CHANGE_COUNT] = {0};
    for (size_t i = 0; i < comparison.count; i++) {
        assert_true(comparison.items[i].change >= last);
        last = comparison.items[i].change;
        counts[last]++;
    }
    assert_int_equal(counts[CHANGE_NEW],
                     number_of(store, "SELECT count(*) FROM finding_summary WHERE run = 2"));
    assert_int_equal(counts[CHANGE_GONE],
                     number_of(store, "SELECT count(*) FROM finding_summary WHERE run = 1"));
    assert_int_equal(counts[CHANGE_KEPT], 0);
    comparison_free(&comparison);
    store_close(store);
}

static void kept_ones_have_both_counts(void **state)
{
    (void)state;
    struct store *store = store_with("service");
    add_run(store, "service", NULL);
    change(store, "UPDATE findings SET count = 7 WHERE program_id = 2 AND rule = 'lost-cancel'");
    struct comparison comparison = compare(store, 1, 2);
    const struct compared *lost = find_rule(&comparison, "lost-cancel");
    assert_int_equal(lost->change, CHANGE_KEPT);
    assert_int_equal(lost->old_count, 2);
    assert_int_equal(lost->new_count, 7);
    assert_string_equal(lost->site, "refresh_cache (cache.c:77)");
    assert_false(compared_is_worse(lost, CONFIDENCE_PROVED));
    comparison_free(&comparison);
    store_close(store);
}

static void one_site_in_several_programs_is_one(void **state)
{
    (void)state;
    struct failure failure = {""};
    struct thresholds thresholds = thresholds_default();
    struct store *store = store_with("service");
    struct snapshot *snapshot = snapshot_of("service");
    struct findings *findings = findings_check(snapshot, &thresholds, NULL);
    add_run(store, "service", NULL);
    assert_true(store_begin(store, &failure));
    assert_true(ingest_program(store, 2, snapshot, findings, NULL, NULL, &failure) > 0);
    assert_true(store_commit(store, &failure));
    struct comparison comparison = compare(store, 1, 2);
    assert_int_equal(comparison.count,
                     number_of(store, "SELECT count(*) FROM finding_summary WHERE run = 1"));
    assert_int_equal(find_rule(&comparison, "lost-cancel")->new_count, 4);
    comparison_free(&comparison);
    findings_free(findings);
    snapshot_free(snapshot);
    store_close(store);
}

static void more_certain_is_worse(void **state)
{
    (void)state;
    struct store *store = store_with("service");
    add_run(store, "service", NULL);
    change(store, "UPDATE findings SET confidence = 'suspect' WHERE program_id = 1 AND rule = "
                  "'lost-cancel'");
    struct comparison comparison = compare(store, 1, 2);
    const struct compared *lost = find_rule(&comparison, "lost-cancel");
    assert_true(compared_is_worse(lost, CONFIDENCE_PROVED));
    assert_true(compared_is_worse(lost, CONFIDENCE_LIKELY));
    assert_false(compared_is_worse(lost, CONFIDENCE_SUSPECT));
    assert_false(compared_is_worse(lost, FAIL_ON_NOTHING));
    comparison_free(&comparison);

    comparison = compare(store, 2, 1);
    lost = find_rule(&comparison, "lost-cancel");
    assert_false(compared_is_worse(lost, CONFIDENCE_PROVED));
    comparison_free(&comparison);
    store_close(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(new_ones_come_first),
        cmocka_unit_test(kept_ones_have_both_counts),
        cmocka_unit_test(one_site_in_several_programs_is_one),
        cmocka_unit_test(more_certain_is_worse),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
