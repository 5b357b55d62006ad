/* The list of what can be watched, as a view shows it. */
#include "ctxtop/targets.h"
#include "view_test.h"

static struct target_entry entries[] = {
    {.target = "4711",
     .command = "orders --port 80",
     .source = "segment",
     .pid = 4711,
     .alive = true},
    {.target = "/dev/shm/x\033[2J.ctxt", .command = "batch", .source = "segment", .pid = 12},
};
static struct target_list list = {.entries = entries, .count = 2};

static int begin_list(void **state)
{
    begin(state);
    model.targets = &list;
    return 0;
}

static const char *cell_of(uint32_t row, const char *column)
{
    const struct items items = items_of(&targets_view);
    assert_int_equal(items.count, 2);
    const struct item item = items.items[row];
    free(items.items);
    return scene_cell(&model, &targets_view, &item, column, false);
}

static void a_target_says_what_it_is(void **state)
{
    (void)state;
    assert_string_equal(cell_of(0, "COMMAND"), "orders --port 80");
    assert_string_equal(cell_of(0, "PID"), "4711");
    assert_string_equal(cell_of(0, "STATE"), "alive");
    assert_string_equal(cell_of(0, "AGE"), ""); /* when it was started is not known */
    assert_string_equal(cell_of(0, "SOURCE"), "segment");
    assert_string_equal(cell_of(0, "TARGET"), "4711");
    assert_string_equal(cell_of(1, "STATE"), "dead");
}

/* A file may have any name. */
static void a_name_cannot_clear_the_screen(void **state)
{
    (void)state;
    assert_null(strchr(cell_of(1, "TARGET"), '\033'));
    const struct items items = items_of(&targets_view);
    struct lines lines = {0};
    targets_view.detail(&model, &items.items[1], &lines);
    for (size_t i = 0; i < lines.count; i++)
        assert_null(strchr(lines.lines[i].text, '\033'));
    lines_free(&lines);
    free(items.items);
}

/* A target keeps its identity where others come and go. */
static void identities_do_not_depend_on_the_place(void **state)
{
    (void)state;
    const struct items items = items_of(&targets_view);
    const uint64_t second = items.items[1].id;
    assert_int_not_equal(items.items[0].id, second);
    free(items.items);
    struct target_entry copy = entries[1];
    struct target_list rest = {.entries = &copy, .count = 1};
    model.targets = &rest;
    const struct items alone = items_of(&targets_view);
    assert_int_equal(alone.items[0].id, second);
    free(alone.items);
    model.targets = &list;
}

static void without_a_list_there_is_no_view(void **state)
{
    (void)state;
    assert_true(view_available(&targets_view, &model));
    model.targets = NULL;
    assert_false(view_available(&targets_view, &model));
    model.targets = &list;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_target_says_what_it_is),
        cmocka_unit_test(a_name_cannot_clear_the_screen),
        cmocka_unit_test(identities_do_not_depend_on_the_place),
        cmocka_unit_test(without_a_list_there_is_no_view),
    };
    return cmocka_run_group_tests(tests, begin_list, end);
}
