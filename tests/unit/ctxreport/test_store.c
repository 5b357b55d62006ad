/* The report file: what is refused, what is kept, and that a failed run leaves no trace. */
#include "base/error.h"
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
    struct error error = {""};
    struct stat status;
    umask(0);
    struct store *store = store_create(path, &error);
    assert_non_null(store);
    add_run(store, "clean", NULL);
    store_close(store);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    store = store_open(path, &error);
    assert_non_null(store);
    assert_int_equal(number_of(store, "SELECT count(*) FROM runs"), 1);
    store_close(store);
}

static void what_was_not_committed_is_gone(void **state)
{
    (void)state;
    struct error error = {""};
    struct run run = {.subcommand = "run", .target = "x", .thresholds = thresholds_default()};
    struct store *store = store_create(path, &error);
    add_run(store, "clean", NULL);
    store_close(store);

    store = store_create(path, &error);
    assert_true(store_begin(store, &error));
    assert_int_equal(ingest_run(store, &run, &error), 2);
    store_close(store);
    store = store_open(path, &error);
    assert_int_equal(number_of(store, "SELECT count(*) FROM runs"), 1);
    store_close(store);
}

static void nothing_is_there_before_the_commit(void **state)
{
    (void)state;
    struct error error = {""};
    struct store *store = store_create(path, &error);
    assert_true(store_begin(store, &error));
    assert_int_not_equal(access(path, F_OK), 0);
    store_close(store);
    assert_int_not_equal(access(path, F_OK), 0);
}

static void an_empty_file_of_the_users_stays(void **state)
{
    (void)state;
    struct error error = {""};
    fclose(fopen(path, "w"));
    struct store *store = store_create(path, &error);
    assert_non_null(store);
    store_close(store);
    assert_int_equal(access(path, F_OK), 0);
    assert_null(store_open(path, &error));
    assert_non_null(strstr(error.sentence, "is empty"));
}

static void a_statement_that_fails_prevents_the_commit(void **state)
{
    (void)state;
    struct error error = {""};
    int64_t number;
    struct store *store = store_create(path, &error);
    assert_true(store_begin(store, &error));
    assert_false(query_number(store, "SELECT nonsense", 0, 0, &number, &error));
    assert_false(store_commit(store, &error));
    store_close(store);
    assert_int_not_equal(access(path, F_OK), 0);
}

static void a_write_ahead_log_is_folded_in(void **state)
{
    (void)state;
    struct error error = {""};
    sqlite3 *database = NULL;
    struct store *store = store_create(path, &error);
    add_run(store, "clean", NULL);
    store_close(store);
    assert_int_equal(sqlite3_open(path, &database), SQLITE_OK);
    assert_int_equal(sqlite3_exec(database, "PRAGMA journal_mode = WAL", NULL, NULL, NULL),
                     SQLITE_OK);
    sqlite3_close(database);

    store = store_create(path, &error);
    assert_non_null(store);
    add_run(store, "clean", NULL);
    store_close(store);
    store = store_open(path, &error);
    assert_int_equal(number_of(store, "SELECT journal_mode = 'delete' FROM pragma_journal_mode"),
                     1);
    assert_int_equal(number_of(store, "SELECT count(*) FROM runs"), 2);
    store_close(store);
}

static void a_writer_waits_for_another(void **state)
{
    (void)state;
    struct error error = {""};
    struct store *one = store_create(path, &error);
    add_run(one, "clean", NULL);
    struct store *other = store_create(path, &error);
    store_wait_at_most(other, 50);
    assert_true(store_begin(one, &error));
    assert_false(store_begin(other, &error));
    assert_non_null(strstr(error.sentence, "is being written by another program"));
    assert_true(store_commit(one, &error));
    assert_true(store_begin(other, &error));
    assert_true(store_commit(other, &error));
    store_close(one);
    store_close(other);
}

/* Programs of SQLite's and ours respect each other's locks. */
static void a_writer_waits_for_sqlite_and_it_for_us(void **state)
{
    (void)state;
    struct error error = {""};
    sqlite3 *database = NULL;
    struct store *store = store_create(path, &error);
    add_run(store, "clean", NULL);
    store_wait_at_most(store, 50);
    assert_int_equal(sqlite3_open(path, &database), SQLITE_OK);
    assert_int_equal(sqlite3_exec(database, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    assert_false(store_begin(store, &error));
    assert_non_null(strstr(error.sentence, "is being written by another program"));
    assert_int_equal(sqlite3_exec(database, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
    assert_true(store_begin(store, &error));
    assert_int_equal(sqlite3_exec(database, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_BUSY);
    assert_int_equal(sqlite3_exec(database, "SELECT * FROM runs", NULL, NULL, NULL), SQLITE_OK);
    store_roll_back(store);
    assert_int_equal(sqlite3_exec(database, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(database);
    store_close(store);
}

/* The directory's lock is anybody's to take; whoever holds it delays a new report, no more. */
static void two_that_make_one_report_do_not_lose_any(void **state)
{
    (void)state;
    struct error error = {""};
    struct store *one = store_create(path, &error), *other = store_create(path, &error);
    store_wait_at_most(other, 50);
    assert_true(store_begin(one, &error));
    assert_true(store_begin(other, &error));
    assert_true(store_commit(other, &error));
    assert_false(store_commit(one, &error));
    assert_non_null(strstr(error.sentence, "was made by another program meanwhile"));
    store_close(one);
    store_close(other);
    assert_int_equal(access(path, F_OK), 0);
}

static void a_report_that_has_gone_is_made_again(void **state)
{
    (void)state;
    struct error error = {""};
    struct store *store = store_create(path, &error);
    add_run(store, "clean", NULL);
    assert_int_equal(unlink(path), 0);
    add_run(store, "clean", NULL);
    store_close(store);
    store = store_open(path, &error);
    assert_non_null(store);
    assert_int_equal(number_of(store, "SELECT count(*) FROM runs"), 2);
    store_close(store);
}

static void a_reader_keeps_what_it_opened(void **state)
{
    (void)state;
    struct error error = {""};
    struct store *store = store_create(path, &error);
    add_run(store, "clean", NULL);
    struct store *reader = store_open(path, &error);
    add_run(store, "clean", NULL);
    assert_int_equal(number_of(reader, "SELECT count(*) FROM runs"), 1);
    store_close(reader);
    store_close(store);
}

static void additions_of_others_are_theirs(void **state)
{
    (void)state;
    struct error error = {""};
    struct store *store = store_create(path, &error);
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
    store = store_create(path, &error);
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
        TEST(nothing_is_there_before_the_commit),
        TEST(an_empty_file_of_the_users_stays),
        TEST(a_statement_that_fails_prevents_the_commit),
        TEST(a_write_ahead_log_is_folded_in),
        TEST(a_writer_waits_for_another),
        TEST(a_writer_waits_for_sqlite_and_it_for_us),
        TEST(two_that_make_one_report_do_not_lose_any),
        TEST(a_report_that_has_gone_is_made_again),
        TEST(a_reader_keeps_what_it_opened),
        TEST(additions_of_others_are_theirs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
