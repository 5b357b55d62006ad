/* Stacks and signals as a person reads them. */
#include "ctxreport/stack_text.h"
#include "report_test.h"

static struct store *store;
static char *written;
static size_t size;
static struct page page;

/* Only the tables that are read: the finding is 1, its stacks are as each test says. */
static int begin(void **state)
{
    (void)state;
    struct error error = {""};
    store = store_create(NULL, &error);
    if (!store || !store_begin(store, &error) || !store_commit(store, &error))
        return -1;
    page = (struct page){.out = open_memstream(&written, &size), .width = 100};
    return page.out ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    fclose(page.out);
    free(written);
    store_close(store);
    return 0;
}

static void put(const char *sql)
{
    char *problem = NULL;
    char whole[4096];
    snprintf(whole, sizeof whole, "PRAGMA foreign_keys = OFF; %s", sql);
    if (sqlite3_exec(store_database(store), whole, NULL, NULL, &problem) != SQLITE_OK)
        fail_msg("%s", problem);
}

static void put_finding(int count)
{
    char sql[512];
    snprintf(sql, sizeof sql,
             "INSERT INTO findings (id, program_id, rule, confidence, severity, count, sentence, "
             "fingerprint, identified, known) VALUES (1, 1, 'x', 'likely', 'low', %d, 'x', 'x', 1, "
             "0)",
             count);
    put(sql);
}

/* `top` is the frame to look at first; the frames are added by put_frame(). */
static void put_stack(int position, const char *label, int stack, int count, const char *top)
{
    char sql[512];
    snprintf(sql, sizeof sql,
             "INSERT INTO stacks (id, program_id, top_position, truncated) VALUES (%d, 1, %s, 0); "
             "INSERT INTO finding_stacks VALUES (1, %d, '%s', %d, %d)",
             stack, top, position, label, stack, count);
    put(sql);
}

/* function, file, line, module, module_offset, pc, as SQL. */
static void put_frame(int stack, int position, const char *values)
{
    char sql[512];
    snprintf(sql, sizeof sql,
             "INSERT INTO frames (stack_id, position, inlined, function, file, line, module, "
             "module_offset, pc) VALUES (%d, %d, 0, %s)",
             stack, position, values);
    put(sql);
}

static void assert_text(const char *expected)
{
    struct error error = {""};
    if (!stack_text_of_finding(&page, store, 1, &error))
        fail_msg("%s", error.sentence);
    fflush(page.out);
    assert_string_equal(written, expected);
}

static void locations_stand_below_each_other(void **state)
{
    (void)state;
    put_finding(1);
    put_stack(0, "created", 1, 1, "1");
    put_frame(1, 0, "'ctxt_with_cancel', NULL, NULL, '/usr/lib/libc.so.6', 1, 1");
    put_frame(1, 1, "'serve', '/home/me/src/orders/server.c', 12, '/usr/bin/orders', 2, 2");
    put_frame(1, 2, "'main', 'src/orders/main.c', NULL, '/usr/bin/orders', 3, 3");
    assert_text("     created:\n"
                "       ctxt_with_cancel  libc.so.6\n"
                "     > serve             orders/server.c:12\n"
                "       main              src/orders/main.c\n");
}

static void frames_without_names_are_told_by_what_is_known(void **state)
{
    (void)state;
    put_finding(1);
    put_stack(0, "created", 1, 1, "NULL");
    put_frame(1, 0, "NULL, NULL, NULL, '/lib/libx.so', 255, 1");
    put_frame(1, 1, "NULL, NULL, NULL, '/lib/liby.so', 16, 1");
    put_frame(1, 2, "NULL, NULL, NULL, '/lib/liby.so', 32, 1");
    put_frame(1, 3, "NULL, NULL, NULL, NULL, NULL, 4660");
    put_frame(1, 4, "NULL, NULL, NULL, NULL, NULL, 4661");
    put_frame(1, 5, "'known', NULL, NULL, '/lib/libx.so', 16, 1");
    put_frame(1, 6, "NULL, NULL, NULL, '/lib/libx.so', 32, 1");
    assert_text("     created:\n"
                "       libx.so+0xff\n"
                "       liby.so, 2 frames without names\n"
                "       0x1234\n"
                "       0x1235\n"
                "       known         libx.so\n"
                "       libx.so+0x20\n");
}

/* But they can be all that there is. */
static void what_starts_threads_and_ours_are_left_out(void **state)
{
    (void)state;
    put_finding(1);
    put_stack(0, "waits", 1, 1, "1");
    put_frame(1, 0, "'pthread_mutex_lock', NULL, NULL, '/l/libctxtrace-preload.so', 1, 1");
    put_frame(1, 1, "'work', 'work.c', 5, '/usr/bin/orders', 1, 1");
    put_frame(1, 2, "'helper', NULL, NULL, '/l/libctxtrace.so.0', 1, 1");
    put_frame(1, 3, "'start_thread', NULL, NULL, '/lib/libc.so.6', 1, 1");
    assert_text("     waits:\n"
                "       pthread_mutex_lock  libctxtrace-preload.so\n"
                "     > work                work.c:5\n");
}

static void so_many_frames_are_shown(void **state)
{
    (void)state;
    put_finding(1);
    put_stack(0, "created", 1, 1, "0");
    for (int i = 0; i < 15; i++)
        put_frame(1, i, "'f', NULL, NULL, NULL, NULL, 1");
    put("UPDATE stacks SET truncated = 1");
    assert_text("     created:\n"
                "     > f\n       f\n       f\n       f\n       f\n       f\n"
                "       f\n       f\n       f\n       f\n       f\n       f\n"
                "       ... and 3 more\n"
                "       (deeper frames were not recorded)\n");
}

/* Two of each label. */
static void the_most_frequent_stacks_are_shown(void **state)
{
    (void)state;
    put_finding(1200);
    put_stack(0, "created", 1, 1000, "0");
    put_stack(1, "created", 2, 150, "0");
    put_stack(2, "created", 3, 50, "0");
    put_stack(3, "waits", 4, 700, "0");
    put_stack(4, "waits", 5, 300, "0");
    put_stack(5, "waits", 6, 100, "0");
    put_stack(6, "waits", 7, 100, "0");
    for (int i = 1; i <= 7; i++)
        put_frame(i, 0, "'f', NULL, NULL, NULL, NULL, 1");
    assert_text("     created  (1,000 of 1,200):\n     > f\n"
                "     created  (150 of 1,200):\n     > f\n"
                "       ... and 1 other stack of this kind\n"
                "     waits  (700 of 1,200):\n     > f\n"
                "     waits  (300 of 1,200):\n     > f\n"
                "       ... and 2 other stacks of this kind\n");
}

static void a_very_long_name_moves_no_column(void **state)
{
    (void)state;
    put_finding(1);
    put_stack(0, "created", 1, 1, "NULL");
    put_frame(1, 0,
              "'a_function_with_a_name_that_is_longer_than_a_column_may_be', 'a.c', 1, NULL, NULL, "
              "1");
    put_frame(1, 1, "'short', 'b.c', 2, NULL, NULL, 1");
    assert_text("     created:\n"
                "       a_function_with_a_name_that_is_longer_than_a_column_may_be  a.c:1\n"
                "       short  b.c:2\n");
}

static void signals_have_names(void **state)
{
    (void)state;
    assert_string_equal(signal_text(9), "SIGKILL");
    assert_string_equal(signal_text(40), "signal 40");
    assert_string_equal(signal_text(0), "signal 0");
    assert_string_equal(signal_text(-9), "signal -9");
    assert_string_equal(signal_text(INT64_C(1) << 32 | 9), "signal 4294967305");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(locations_stand_below_each_other),
        TEST(frames_without_names_are_told_by_what_is_known),
        TEST(what_starts_threads_and_ours_are_left_out),
        TEST(so_many_frames_are_shown),
        TEST(the_most_frequent_stacks_are_shown),
        TEST(a_very_long_name_moves_no_column),
        TEST(signals_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
