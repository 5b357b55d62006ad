/* The views say what the tables, the findings and their own comments say. */
#include "base/error.h"
#include "report_test.h"

static void change(struct store *store, const char *sql)
{
    char *message = NULL;
    if (sqlite3_exec(store_database(store), sql, NULL, NULL, &message) != SQLITE_OK)
        fail_msg("%s: %s", sql, message);
}

static void expect_text(struct store *store, const char *sql, const char *expected)
{
    struct error error = {""};
    struct query row;
    query_begin(&row, store, sql, 0);
    assert_true(query_next(&row));
    assert_string_equal(query_text(&row, 0), expected);
    assert_true(query_finish(&row, &error));
}

static void waits_that_began_nobody_knows_when_come_last(void **state)
{
    (void)state;
    struct store *store = store_with("service");
    int64_t all = number_of(store, "SELECT count(*) FROM blocked");
    change(store, "UPDATE waits SET since_ns = NULL WHERE id = (SELECT wait_id FROM blocked LIMIT "
                  "1)");
    assert_int_equal(number_of(store, "SELECT count(*) FROM blocked"), all);
    assert_int_equal(number_of(store, "SELECT for_s IS NULL FROM blocked LIMIT 1"), 0);
    assert_int_equal(number_of(store, "SELECT sum(bad) FROM (SELECT for_s > lag(for_s) OVER () AS "
                                      "bad FROM blocked)"),
                     0);
    store_close(store);
}

/* Each process has an end of its own; that of the command stands beside it. */
static void programs_end_as_they_did(void **state)
{
    (void)state;
    struct store *store = store_with("dead");
    change(store, "UPDATE runs SET exit_status = 0; UPDATE programs SET ended = 'exited with "
                  "status 3'");
    expect_text(store, "SELECT ended FROM run_summary", "exited with status 3");
    expect_text(store, "SELECT command_ended FROM run_summary", "exited with status 0");
    change(store, "UPDATE runs SET exit_status = NULL, signal = 9");
    expect_text(store, "SELECT command_ended FROM run_summary", "killed by signal 9");
    change(store, "UPDATE runs SET signal = NULL; UPDATE programs SET state = 'alive'");
    expect_text(store, "SELECT ended FROM run_summary", "alive");
    assert_int_equal(number_of(store, "SELECT command_ended IS NULL FROM run_summary"), 1);
    store_close(store);
}

/* A site of which an early look had nothing grew from 0. */
static void growth_counts_looks_without_any(void **state)
{
    (void)state;
    struct store *store = store_with("clean");
    change(store, "INSERT INTO samples SELECT value, 1, value, 0, 0, 0, 0 FROM (SELECT 1 AS value "
                  "UNION SELECT 2 UNION SELECT 3 UNION SELECT 4);"
                  "INSERT INTO sample_sites VALUES (3, 'tasks', 'a', 5), (4, 'tasks', 'a', 7), "
                  "(1, 'tasks', 'b', 1), (3, 'tasks', 'b', 2), (4, 'tasks', 'b', 2), "
                  "(2, 'tasks', 'c', 9)");
    assert_int_equal(number_of(store, "SELECT count(*) FROM growth WHERE site_fingerprint = 'a' "
                                      "AND lowest = 0 AND highest = 7 AND looks = 4 AND rises = 2 "
                                      "AND drops = 0"),
                     1);
    assert_int_equal(number_of(store, "SELECT count(*) FROM growth WHERE site_fingerprint = 'b' "
                                      "AND lowest = 0 AND rises = 1 AND drops = 1"),
                     1);
    assert_int_equal(number_of(store, "SELECT count(*) FROM growth"), 2);
    store_close(store);
}

static void times_are_utc_and_say_so(void **state)
{
    (void)state;
    struct store *store = store_with("service");
    expect_text(store, "SELECT made FROM run_summary", "2023-11-14 22:15:00Z");
    change(store, "DELETE FROM events WHERE id > (SELECT min(id) FROM events)");
    change(store, "UPDATE events SET time_ns = 1700000000123456789");
    expect_text(store, "SELECT time FROM timeline", "2023-11-14 22:13:20.123456Z");
    change(store, "UPDATE events SET time_ns = -1");
    expect_text(store, "SELECT time FROM timeline", "1969-12-31 23:59:59.999999Z");
    change(store, "UPDATE events SET time_ns = -2000000000");
    expect_text(store, "SELECT time FROM timeline", "1969-12-31 23:59:58.000000Z");
    change(store, "UPDATE events SET time_ns = NULL");
    assert_int_equal(number_of(store, "SELECT time IS NULL FROM timeline"), 1);
    store_close(store);
}

static void a_census_says_how_much_is_where(void **state)
{
    (void)state;
    struct store *store = store_with("service");
    assert_int_equal(number_of(store, "SELECT sum(count) FROM census_summary WHERE kind = 'tasks'"),
                     number_of(store, "SELECT count(*) FROM tasks WHERE NOT system AND state <> "
                                      "'exited'"));
    assert_int_equal(number_of(store, "SELECT sum(count) FROM census_summary WHERE kind = "
                                      "'contexts'"),
                     number_of(store, "SELECT count(*) FROM contexts WHERE state = 'open' AND kind "
                                      "NOT IN ('background', 'todo')"));
    assert_int_equal(number_of(store, "SELECT count(*) FROM census_summary WHERE place = 'created "
                                      "in refresh_cache (cache.c:77)' AND count = 2"),
                     1);
    store_close(store);
}

/* What a user names may be any bytes. */
static void names_are_escaped_on_their_way_in(void **state)
{
    (void)state;
    struct store *store = store_create(NULL, &(struct error){""});
    const struct run run = {.subcommand = "inspect",
                            .target = "a\377\n\033[J \342\200\256 gr\303\274n",
                            .thresholds = thresholds_default()};
    add_run(store, "clean", &run);
    expect_text(store, "SELECT target FROM runs", "a\\xff\\n\\x1b[J \\u202e gr\303\274n");
    struct error error = {""};
    assert_true(store_begin(store, &error));
    assert_true(ingest_run_loss(store, 1, "programs", "x\n\376", 1, &error));
    assert_true(store_commit(store, &error));
    expect_text(store, "SELECT why FROM losses ORDER BY id DESC LIMIT 1", "x\\n\\xfe");
    store_close(store);
}

/* So that those of the last run, or of one program, are one condition. */
static void every_view_says_of_which_run_it_is(void **state)
{
    (void)state;
    struct store *store = store_with("service");
    expect_text(store,
                "SELECT coalesce(group_concat(s.name), '') FROM sqlite_schema AS s WHERE s.type = "
                "'view' AND s.name <> 'read_me' AND NOT EXISTS (SELECT 1 FROM "
                "pragma_table_info(s.name) WHERE name = 'run')",
                "");
    add_run(store, "service", NULL);
    struct query name;
    struct error error = {""};
    query_begin(&name, store,
                "SELECT name FROM sqlite_schema WHERE type = 'view' AND name <> 'read_me'", 0);
    while (query_next(&name)) {
        char sql[160];
        snprintf(sql, sizeof sql, "SELECT sum(run = 1) - sum(run = 2) FROM %s",
                 query_text(&name, 0));
        assert_int_equal(number_of(store, sql), 0);
        snprintf(sql, sizeof sql, "SELECT count(*) FROM %s WHERE run IS NULL",
                 query_text(&name, 0));
        assert_int_equal(number_of(store, sql), 0);
    }
    assert_true(query_finish(&name, &error));
    store_close(store);
}

/* A request is known by the keys that its contexts carry, also those above. */
static void what_waits_says_for_which_request(void **state)
{
    (void)state;
    struct store *store = store_with("service");
    expect_text(store, "SELECT works_under FROM blocked WHERE task LIKE '%query%'",
                "cancel \"query\" #6");
    expect_text(store, "SELECT keys FROM blocked WHERE task LIKE '%query%'",
                "user=alice, config=/etc/orders.conf");
    expect_text(store, "SELECT keys FROM blocked WHERE task LIKE '%slow%'",
                "config=/etc/orders.conf");
    assert_int_equal(number_of(store, "SELECT keys IS NULL FROM blocked WHERE task LIKE '%audit%'"),
                     1);
    assert_int_equal(number_of(store, "SELECT count(*) FROM blocked AS b JOIN contexts AS c ON "
                                      "c.id = b.works_under_id JOIN tasks AS t ON t.id = b.task_id "
                                      "WHERE c.number = 7 AND t.name = 'slow'"),
                     1);
    /* A ring of parents, which only somebody else's report can have, ends. */
    change(store, "UPDATE contexts SET parent_id = (SELECT id FROM contexts WHERE number = 6) "
                  "WHERE number = 1");
    expect_text(store, "SELECT keys FROM blocked WHERE task LIKE '%query%'",
                "user=alice, config=/etc/orders.conf");
    store_close(store);
}

static void since_when_is_a_time_of_day(void **state)
{
    (void)state;
    struct store *store = store_with("service");
    expect_text(store, "SELECT since FROM blocked WHERE task LIKE '%slow%'",
                "2023-11-14 22:14:50Z");
    expect_text(store, "SELECT since FROM finding_summary WHERE rule = 'leaked-task'",
                "2023-11-14 22:14:01Z");
    expect_text(store, "SELECT created FROM context_tree WHERE context LIKE '%GET /slow%'",
                "2023-11-14 22:14:50Z");
    expect_text(store, "SELECT ended FROM cancellations WHERE context LIKE '%GET /report%'",
                "2023-11-14 22:14:58Z");
    change(store, "UPDATE waits SET since_ns = -1");
    expect_text(store, "SELECT since FROM blocked", "1969-12-31 23:59:59Z");
    /* Of a core that tells no time of day there are ages, and no dates. */
    change(store, "UPDATE programs SET realtime_offset_ns = NULL");
    assert_int_equal(number_of(store, "SELECT count(since) FROM blocked"), 0);
    assert_int_equal(number_of(store, "SELECT count(for_s) = count(*) FROM blocked"), 1);
    store_close(store);
}

static void all_tasks_are_somewhere(void **state)
{
    (void)state;
    struct store *store = store_with("service");
    assert_int_equal(number_of(store, "SELECT count(*) FROM tasks_now"),
                     number_of(store, "SELECT count(*) FROM tasks WHERE NOT system AND state <> "
                                      "'exited'"));
    expect_text(store, "SELECT doing FROM tasks_now WHERE task LIKE '%worker-1%'",
                "receive channel \"jobs\" #101, done cancel \"workers\" #10");
    expect_text(store, "SELECT at FROM tasks_now WHERE task LIKE '%worker-1%'",
                "worker_loop  worker.c:41");
    expect_text(store, "SELECT state FROM tasks_now WHERE task LIKE '%worker-2%'", "running");
    assert_int_equal(
        number_of(store, "SELECT doing IS NULL FROM tasks_now WHERE task LIKE '%worker-2%'"), 1);
    change(store, "UPDATE tasks SET state = 'exited' WHERE name = 'worker-2'");
    assert_int_equal(number_of(store, "SELECT count(*) FROM tasks_now WHERE task LIKE "
                                      "'%worker-2%'"),
                     0);
    store_close(store);
}

static void what_was_withheld_has_a_reason(void **state)
{
    (void)state;
    struct store *store = store_with("service");
    change(store, "DELETE FROM withheld; INSERT INTO withheld SELECT 1, id, 3 FROM preconditions "
                  "WHERE id = 2; INSERT INTO withheld SELECT 1, id, 4 FROM preconditions WHERE id "
                  "= 1");
    assert_int_equal(number_of(store, "SELECT count FROM withheld_claims"), 4);
    assert_int_equal(number_of(store, "SELECT count(*) FROM withheld_claims AS w JOIN "
                                      "preconditions AS p ON p.text = w.because WHERE w.count = 3 "
                                      "AND p.id = 2 AND w.run = 1"),
                     1);
    store_close(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(waits_that_began_nobody_knows_when_come_last),
        cmocka_unit_test(programs_end_as_they_did),
        cmocka_unit_test(growth_counts_looks_without_any),
        cmocka_unit_test(times_are_utc_and_say_so),
        cmocka_unit_test(a_census_says_how_much_is_where),
        cmocka_unit_test(names_are_escaped_on_their_way_in),
        cmocka_unit_test(every_view_says_of_which_run_it_is),
        cmocka_unit_test(what_waits_says_for_which_request),
        cmocka_unit_test(since_when_is_a_time_of_day),
        cmocka_unit_test(all_tasks_are_somewhere),
        cmocka_unit_test(what_was_withheld_has_a_reason),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
