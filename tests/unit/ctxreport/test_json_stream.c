/* JSON that is written piece by piece. */
#include "ctxreport/json_stream.h"
#include "report_test.h"

static char *written;
static size_t size;
static struct json_stream stream;

static int begin(void **state)
{
    (void)state;
    stream = (struct json_stream){.out = open_memstream(&written, &size)};
    return stream.out ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    fclose(stream.out);
    free(written);
    return 0;
}

static void assert_written(const char *expected)
{
    fflush(stream.out);
    assert_string_equal(written, expected);
}

static void empty_ones_are_on_one_line(void **state)
{
    (void)state;
    stream_begin(&stream, NULL, '{');
    stream_begin(&stream, "runs", '[');
    stream_end(&stream);
    stream_end(&stream);
    assert_written("{\n  \"runs\": []\n}\n");
}

static void elements_are_separated_at_every_depth(void **state)
{
    (void)state;
    stream_begin(&stream, NULL, '{');
    stream_value(&stream, "a", json_integer(1));
    stream_begin(&stream, "b", '[');
    stream_value(&stream, NULL, json_null());
    stream_value(&stream, NULL, json_true());
    stream_begin(&stream, NULL, '{');
    stream_end(&stream);
    stream_end(&stream);
    stream_value(&stream, "c\"", json_string("x"));
    stream_begin(&stream, "d", '[');
    stream_end(&stream);
    stream_end(&stream);
    assert_written("{\n"
                   "  \"a\": 1,\n"
                   "  \"b\": [\n"
                   "    null,\n"
                   "    true,\n"
                   "    {}\n"
                   "  ],\n"
                   "  \"c\\\"\": \"x\",\n"
                   "  \"d\": []\n"
                   "}\n");
}

static void all_is_ascii_and_harmless(void **state)
{
    (void)state;
    stream_begin(&stream, NULL, '[');
    stream_value(&stream, NULL, json_text("größer"));
    stream_value(&stream, NULL, json_text("a\033[2J\xff"));
    stream_end(&stream);
    assert_written("[\n  \"gr\\u00F6\\u00DFer\",\n  \"a\\\\x1b[2J\\\\xff\"\n]\n");
}

/* ---- rows ---- */

static const char sql[] =
    "SELECT ?1 AS number, 1.5 AS real, 'x' AS text, NULL AS \"nothing\", 2 AS "
    "\"yes?\", 0 AS \"no?\", NULL AS \"maybe?\"";

static struct store *open_store(void)
{
    struct error error = {""};
    struct store *store = store_create(NULL, &error);
    if (!store)
        fail_msg("%s", error.sentence);
    return store;
}

static void rows_are_objects_with_truth_values(void **state)
{
    (void)state;
    struct error error = {""};
    struct store *store = open_store();
    stream_begin(&stream, NULL, '{');
    assert_true(stream_rows(&stream, "rows", store, sql, 7, &error));
    stream_end(&stream);
    assert_written("{\n  \"rows\": [\n    {\"number\": 7, \"real\": 1.5, \"text\": \"x\", "
                   "\"nothing\": null, \"yes\": true, \"no\": false, \"maybe\": null}\n  ]\n}\n");
    store_close(store);
}

static void some_columns_may_be_members_of_an_object(void **state)
{
    (void)state;
    struct error error = {""};
    struct query row;
    struct store *store = open_store();
    query_begin(&row, store, sql, 7);
    assert_true(query_next(&row));
    stream_begin(&stream, NULL, '{');
    stream_row_members(&stream, &row, 4);
    stream_end(&stream);
    assert_true(query_finish(&row, &error));
    assert_written("{\n  \"yes\": true,\n  \"no\": false,\n  \"maybe\": null\n}\n");
    store_close(store);
}

static void what_cannot_be_asked_is_said(void **state)
{
    (void)state;
    struct error error = {""};
    struct store *store = open_store();
    assert_false(stream_rows(&stream, NULL, store, "SELECT nothing FROM nowhere", 0, &error));
    assert_string_not_equal(error.sentence, "");
    store_close(store);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(empty_ones_are_on_one_line),
        TEST(elements_are_separated_at_every_depth),
        TEST(all_is_ascii_and_harmless),
        TEST(rows_are_objects_with_truth_values),
        TEST(some_columns_may_be_members_of_an_object),
        TEST(what_cannot_be_asked_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
