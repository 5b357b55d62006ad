/* The command's output and what was done to the program, in the order in which they came. */
#include "ctxtop/interventions.h"
#include "ctxtop/log_file.h"
#include "view_test.h"

static char bytes[] = "starting\nready \033[2Jto serve\n";
static struct log_line log_lines[] = {{.position = 100, .start = 0, .length = 8},
                                      {.position = 109, .start = 9, .length = 18}};
static struct log_file file = {.descriptor = -1, .bytes = bytes, .lines = log_lines, .count = 2};
static struct intervention_line done_lines[] = {{.position = 100, .text = "stopped for 5ms"},
                                                {.position = 127, .text = "stopped for 6ms"}};
static struct interventions done = {.lines = done_lines, .count = 2, .forgotten = 7};

static int begin_log(void **state)
{
    begin(state);
    model.log = &file;
    model.done = &done;
    return 0;
}

static void assert_rows(size_t count, const char *const *expected)
{
    const struct items items = items_of(&log_view);
    assert_int_equal(items.count, count);
    for (size_t i = 0; i < count; i++) {
        const char *text = scene_cell(&model, &log_view, &items.items[i], "LOG", false);
        assert_non_null(strstr(text, expected[i]));
        assert_null(strchr(text, '\033'));
    }
    free(items.items);
}

static void lines_and_interventions_are_in_order(void **state)
{
    (void)state;
    assert_rows(4, (const char *[]){"stopped for 5ms", "starting", "to serve", "stopped for 6ms"});
}

static void either_may_be_missing(void **state)
{
    (void)state;
    model.done = NULL;
    assert_rows(2, (const char *[]){"starting", "to serve"});
    model.log = NULL;
    assert_false(view_available(&log_view, &model));
    model.done = &done;
    assert_true(view_available(&log_view, &model));
    assert_rows(2, (const char *[]){"stopped for 5ms", "stopped for 6ms"});
    model.log = &file;
}

/* By position and number, which stay when older ones are forgotten. */
static void identities_stay(void **state)
{
    (void)state;
    const struct items items = items_of(&log_view);
    assert_int_equal(items.items[0].id, 7);
    assert_int_equal(items.items[1].id, 100);
    assert_int_equal(items.items[2].id, 109);
    assert_int_equal(items.items[3].id, 8);
    assert_int_equal(items.items[0].kind, ITEM_INTERVENTION);
    assert_int_equal(items.items[1].kind, ITEM_LOG_LINE);
    free(items.items);
}

static void sorting_keeps_the_order(void **state)
{
    (void)state;
    const struct items items = items_of(&log_view);
    for (uint32_t i = 0; i < items.count; i++)
        for (uint32_t j = 0; j < items.count; j++) {
            int order = log_view.compare(&model, &items.items[i], &items.items[j], 0);
            assert_true((order < 0) == (i < j) && (order > 0) == (i > j));
        }
    free(items.items);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_and_interventions_are_in_order),
        cmocka_unit_test(either_may_be_missing),
        cmocka_unit_test(identities_stay),
        cmocka_unit_test(sorting_keeps_the_order),
    };
    return cmocka_run_group_tests(tests, begin_log, end);
}
