/* The report file: what is refused, what is kept, and that a failed run leaves no trace. */
#include "report_test.h"

#include <sys/stat.h>
#include <unistd.h>

static char directory[] = "/tmp/ctxreport-unit-XXXXXX";
static char path[64];

static int make_directory(void **state)
{
    (void)state;
    if (!mkdtemp(strcpy(directory, "/tmp/ctxreport-unit-XXXXXX")))
        return -1;
    snprintf(path, sizeof path, "%s/r.db", directory);
    return 0;
}

static int remove_directory(void **state)
{
    (void)state;
    char name[80];
    unlink(path);
    snprintf(name, sizeof name, "%s-journal", path);
    unlink(name);
    return rmdir(directory);
}

static void a_report_is_private_and_complete(void **state)
{
    (void)state;
    struct failure failure = {""};
    struct stat status;
    umask(0);
    struct store *store = store_create(path, &failure);
    assert_non_null(store);
    add_run(store, "clean", NULL);
    store_close(store);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    store = store_open(path, &failure);
    assert_non_null(store);
    assert_int_equal(number_of(store, "SELECT count(*) FROM runs"), 1);
    store_close(store);
}

static void what_was_not_committed_is_gone(void **state)
{
    (void)state;
    struct failure failure = {""};
    struct run run = {.subcommand = "run", .target = "x", .thresholds = thresholds_default()};
    struct store *store = store_create(path, &failure);
    add_run(store, "clean", NULL);
    store_close(store);

    store = store_create(path, &failure);
    assert_true(store_begin(store, &failure));
    assert_int_equal(ingest_run(store, &run, &failure), 2);
    store_close(store);
    store = store_open(path, &failure);
    assert_int_equal(number_of(store, "SELECT count(*) FROM runs"), 1);
    store_close(store);
}

static void a_file_made_for_nothing_goes_away(void **state)
{
    (void)state;
    struct failure failure = {""};
    struct store *store = store_create(path, &failure);
    assert_int_equal(access(path, F_OK), 0);
    assert_true(store_begin(store, &failure));
    store_close(store);
    assert_int_not_equal(access(path, F_OK), 0);
}

static void an_empty_file_of_the_users_stays(void **state)
{
    (void)state;
    struct failure failure = {""};
    fclose(fopen(path, "w"));
    struct store *store = store_create(path, &failure);
    assert_non_null(store);
    store_close(store);
    assert_int_equal(access(path, F_OK), 0);
    assert_null(store_open(path, &failure));
    assert_non_null(strstr(failure.sentence, "is empty"));
}

static void a_statement_that_fails_prevents_the_commit(void **state)
{
    (void)state;
    struct failure failure = {""};
    int64_t number;
    struct store *store = store_create(path, &failure);
    assert_true(store_begin(store, &failure));
    assert_false(query_number(store, "SELECT nonsense", 0, 0, &number, &failure));
    assert_false(store_commit(store, &failure));
    store_close(store);
    assert_int_not_equal(access(path, F_OK), 0);
}

static void a_write_ahead_log_is_folded_in(void **state)
{
    (void)state;
    struct failure failure = {""};
    sqlite3 *database = NULL;
    struct store *store = store_create(path, &failure);
    add_run(store, "clean", NULL);
    store_close(store);
    assert_int_equal(sqlite3_open(path, &database), SQLITE_OK);
    assert_int_equal(sqlite3_exec(database, "PRAGMA journal_mode = WAL", NULL, NULL, NULL),
                     SQLITE_OK);
    sqlite3_close(database);

    store = store_create(path, &failure);
    assert_non_null(store);
    add_run(store, "clean", NULL);
    store_close(store);
    store = store_open(path, &failure);
    assert_int_equal(number_of(store, "SELECT journal_mode = 'delete' FROM pragma_journal_mode"),
                     1);
    assert_int_equal(number_of(store, "SELECT count(*) FROM runs"), 2);
    store_close(store);
}

static void a_writer_waits_for_another(void **state)
{
    (void)state;
    struct failure failure = {""};
    struct store *one = store_create(path, &failure);
    struct store *other = store_create(path, &failure);
    assert_true(store_begin(one, &failure));
    sqlite3_busy_timeout(store_database(other), 50);
    assert_false(store_begin(other, &failure));
    assert_non_null(strstr(failure.sentence, "is being written by another program"));
    assert_true(store_commit(one, &failure));
    assert_true(store_begin(other, &failure));
    assert_true(store_commit(other, &failure));
    store_close(one);
    store_close(other);
}

static void additions_of_others_are_theirs(void **state)
{
    (void)state;
    struct failure failure = {""};
    struct store *store = store_create(path, &failure);
    add_run(store, "clean", NULL);
    store_close(store);
    sqlite3 *database = NULL;
    assert_int_equal(sqlite3_open(path, &database), SQLITE_OK);
    assert_int_equal(sqlite3_exec(database,
                                  "CREATE TABLE notes (text); CREATE VIEW my_view AS SELECT 1; "
                                  "CREATE INDEX my_index ON contexts (name)",
                                  NULL, NULL, NULL),
                     SQLITE_OK);
    sqlite3_close(database);
    store = store_create(path, &failure);
    assert_non_null(store);
    add_run(store, "clean", NULL);
    store_close(store);
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, make_directory, remove_directory)
    const struct CMUnitTest tests[] = {
        TEST(a_report_is_private_and_complete),
        TEST(what_was_not_committed_is_gone),
        TEST(a_file_made_for_nothing_goes_away),
        TEST(an_empty_file_of_the_users_stays),
        TEST(a_statement_that_fails_prevents_the_commit),
        TEST(a_write_ahead_log_is_folded_in),
        TEST(a_writer_waits_for_another),
        TEST(additions_of_others_are_theirs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
