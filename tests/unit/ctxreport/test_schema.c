/* The file is what it promises to be: strict, consistent, marked, and readable by its views. */
#include "base/error.h"
#include "report_test.h"

static const char *const fixtures[] = {"service", "clean", "dead"};

static void tables_are_strict(void **state)
{
    (void)state;
    struct store *store = store_with("service");
    assert_int_equal(number_of(store, "SELECT count(*) FROM pragma_table_list WHERE schema = "
                                      "'main' AND type = 'table' AND name NOT LIKE 'sqlite_%' "
                                      "AND NOT strict"),
                     0);
    assert_true(number_of(store, "SELECT count(*) FROM pragma_table_list WHERE schema = 'main' "
                                 "AND type = 'table' AND strict") > 15);
    store_close(store);
}

static void every_reference_is_declared(void **state)
{
    (void)state;
    struct store *store = store_with("service");
    /* A column that is called ..._id and is not a key itself refers to something. */
    struct query row;
    struct error error;
    query_begin(&row, store,
                "SELECT t.name || '.' || c.name FROM pragma_table_list AS t JOIN "
                "pragma_table_info(t.name) AS c WHERE t.schema = 'main' AND t.type = 'table' AND "
                "c.name LIKE '%\\_id' ESCAPE '\\' AND NOT EXISTS (SELECT 1 FROM "
                "pragma_foreign_key_list(t.name) AS f WHERE f.\"from\" = c.name)",
                0);
    while (query_next(&row))
        fail_msg("%s is not declared as a reference", query_text(&row, 0));
    assert_true(query_finish(&row, &error));
    store_close(store);
}

static void references_hold(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof fixtures / sizeof *fixtures; i++) {
        struct store *store = store_with(fixtures[i]);
        add_run(store, "service", NULL);
        assert_int_equal(number_of(store, "SELECT count(*) FROM pragma_foreign_key_check"), 0);
        assert_int_equal(
            number_of(store, "SELECT integrity_check = 'ok' FROM pragma_integrity_check"), 1);
        store_close(store);
    }
}

static void the_file_says_what_it_is(void **state)
{
    (void)state;
    struct store *store = store_with("clean");
    assert_int_equal(number_of(store, "PRAGMA application_id"), STORE_APPLICATION_ID);
    assert_int_equal(number_of(store, "PRAGMA user_version"), STORE_VERSION);
    store_close(store);
}

static void views_work(void **state)
{
    (void)state;
    struct store *store = store_with("service");
    struct query name, row;
    struct error error = {""};
    int views = 0;
    query_begin(&name, store, "SELECT name FROM sqlite_schema WHERE type = 'view'", 0);
    for (; query_next(&name); views++) {
        char sql[128];
        snprintf(sql, sizeof sql, "SELECT * FROM %s", query_text(&name, 0));
        query_begin(&row, store, sql, 0);
        while (query_next(&row))
            ;
        if (!query_finish(&row, &error))
            fail_msg("%s: %s", sql, error.sentence);
    }
    assert_true(query_finish(&name, &error));
    assert_true(views >= 14);
    store_close(store);
}

static void read_me_names_what_is_there(void **state)
{
    (void)state;
    struct store *store = store_with("clean");
    assert_int_equal(number_of(store, "SELECT count(*) FROM read_me WHERE view NOT IN (SELECT name "
                                      "FROM sqlite_schema)"),
                     0);
    store_close(store);
}

static void nothing_is_lost_on_the_way(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof fixtures / sizeof *fixtures; i++) {
        struct snapshot *snapshot = snapshot_of(fixtures[i]);
        struct store *store = store_with(fixtures[i]);
        assert_int_equal(number_of(store, "SELECT count(*) FROM contexts"),
                         snapshot->context_count);
        assert_int_equal(number_of(store, "SELECT count(*) FROM tasks"), snapshot->task_count);
        assert_int_equal(number_of(store, "SELECT count(*) FROM waits"), snapshot->wait_count);
        assert_int_equal(number_of(store, "SELECT count(*) FROM objects"), snapshot->object_count);
        assert_int_equal(number_of(store, "SELECT count(*) FROM stacks"), snapshot->stack_count);
        assert_int_equal(number_of(store, "SELECT count(*) FROM sites"), snapshot->site_count);
        assert_int_equal(number_of(store, "SELECT count(*) FROM events"), snapshot->event_count);
        assert_int_equal(number_of(store, "SELECT count(*) FROM losses"), snapshot->loss_count);
        store_close(store);
        snapshot_free(snapshot);
    }
}

static void values_arrive(void **state)
{
    (void)state;
    struct store *store = store_with("service");
    /* Context 9 of the fixture: a request whose client hung up. */
    assert_int_equal(
        number_of(store, "SELECT count(*) FROM contexts AS c JOIN contexts AS p ON p.id = "
                         "c.parent_id JOIN tasks AS t ON t.id = c.canceller_task_id WHERE c.number "
                         "= 9 AND p.number = 3 AND t.number = 5 AND c.kind = 'deadline' AND "
                         "c.cause = 'client hung up' AND c.cause_code = 104 AND c.losing_cancels = "
                         "1 AND c.created_ns = 1700000097000000000 AND c.deadline_ns = "
                         "1700000127000000000 AND c.ended_ns = 1700000098000000000 AND c.owners = "
                         "1"),
        1);
    /* No deadline and no end are NULL, not a number that stands for them. */
    assert_int_equal(number_of(store, "SELECT count(*) FROM contexts WHERE number = 1 AND "
                                      "deadline_ns IS NULL AND ended_ns IS NULL AND parent_id IS "
                                      "NULL AND ended_by IS NULL"),
                     1);
    store_close(store);
}

static void the_tree_comes_depth_first(void **state)
{
    (void)state;
    struct store *store = store_with("service");
    assert_int_equal(number_of(store, "SELECT count(*) FROM context_tree"),
                     number_of(store, "SELECT count(*) FROM contexts"));
    /* The last row of one level less that came before is the parent. */
    struct query row;
    struct error error;
    int64_t last_of_level[16] = {0};
    query_begin(&row, store,
                "SELECT t.level, t.context_id, c.parent_id FROM context_tree AS t CROSS JOIN "
                "contexts AS c ON c.id = t.context_id",
                0);
    while (query_next(&row)) {
        int64_t level = query_integer(&row, 0);
        assert_in_range(level, 0, 15);
        assert_int_equal(query_integer(&row, 2), level == 0 ? 0 : last_of_level[level - 1]);
        last_of_level[level] = query_integer(&row, 1);
    }
    assert_true(query_finish(&row, &error));
    assert_int_equal(number_of(store, "SELECT path LIKE 'background \"root\" #1 / % / % \"query\" "
                                      "#6' FROM context_tree WHERE context LIKE '%query%'"),
                     1);
    store_close(store);
}

static void findings_have_evidence(void **state)
{
    (void)state;
    struct store *store = store_with("service");
    assert_true(number_of(store, "SELECT count(*) FROM findings") > 0);
    assert_int_equal(number_of(store, "SELECT count(*) FROM findings AS f WHERE count <> (SELECT "
                                      "count(*) FROM finding_subjects WHERE finding_id = f.id)"),
                     0);
    assert_int_equal(number_of(store, "SELECT count(*) FROM findings WHERE length(fingerprint) <> "
                                      "16 OR sentence = ''"),
                     0);
    /* Two contexts from one line are one finding. */
    assert_int_equal(number_of(store, "SELECT count FROM findings WHERE rule = 'lost-cancel'"), 2);
    assert_int_equal(number_of(store, "SELECT count(*) FROM leaks WHERE rule = 'lost-cancel' AND "
                                      "created_at LIKE 'refresh_cache%cache.c:77'"),
                     2);
    store_close(store);
}

static void a_run_can_be_taken_out(void **state)
{
    (void)state;
    struct error error = {""};
    struct store *store = store_with("service");
    int64_t contexts = number_of(store, "SELECT count(*) FROM contexts");
    int64_t second = add_run(store, "service", NULL);
    assert_int_equal(number_of(store, "SELECT count(*) FROM contexts"), 2 * contexts);
    assert_true(store_begin(store, &error));
    assert_true(ingest_forget_programs(store, second, &error));
    assert_true(store_commit(store, &error));
    assert_int_equal(number_of(store, "SELECT count(*) FROM contexts"), contexts);
    assert_int_equal(number_of(store, "SELECT count(*) FROM pragma_foreign_key_check"), 0);
    assert_int_equal(number_of(store, "SELECT count(*) FROM runs"), 2);
    store_close(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tables_are_strict),
        cmocka_unit_test(every_reference_is_declared),
        cmocka_unit_test(references_hold),
        cmocka_unit_test(the_file_says_what_it_is),
        cmocka_unit_test(views_work),
        cmocka_unit_test(read_me_names_what_is_there),
        cmocka_unit_test(nothing_is_lost_on_the_way),
        cmocka_unit_test(values_arrive),
        cmocka_unit_test(the_tree_comes_depth_first),
        cmocka_unit_test(findings_have_evidence),
        cmocka_unit_test(a_run_can_be_taken_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
