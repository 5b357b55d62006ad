#include "view_test.h"

/* The group with this place. */
static struct item at_place(const char *place)
{
    const struct items items = items_of(&sites_view);
    struct item found = {.id = 0};
    for (uint32_t i = 0; i < items.count; i++)
        if (strstr(scene_cell(&model, &sites_view, &items.items[i], "PLACE", false), place))
            found = items.items[i];
    free(items.items);
    assert_int_not_equal(found.id, 0);
    return found;
}

static const char *cell_at(const char *place, const char *column)
{
    const struct item item = at_place(place);
    return scene_cell(&model, &sites_view, &item, column, false);
}

static void contexts_are_counted_where_they_were_made(void **state)
{
    (void)state;
    assert_string_equal(cell_at("in server (server.c:42)", "COUNT"), "1");
    assert_string_equal(cell_at("in server (server.c:42)", "WHAT"), "contexts");
    assert_string_equal(cell_at("in server (server.c:42)", "OPERATION"), "");
    assert_string_equal(cell_at("in server (server.c:42)", "WAITING"), "");
    assert_string_equal(cell_at("in server (server.c:42)", "OLDEST"), "1m38s");
    assert_string_equal(cell_at("in server (server.c:42)", "ENDS IN"), "");
}

/* One request is open, the other has ended and does not count. */
static void only_what_is_open_counts(void **state)
{
    (void)state;
    assert_string_equal(cell_at("in request (server.c:42)", "COUNT"), "1");
    assert_string_equal(cell_at("in request (server.c:42)", "ENDS IN"), "10s");
}

static void tasks_say_what_the_oldest_does(void **state)
{
    (void)state;
    const struct items items = items_of(&sites_view);
    assert_true(items.count > 0);
    const struct item first = items.items[0]; /* tasks come first */
    free(items.items);
    assert_string_equal(scene_cell(&model, &sites_view, &first, "WHAT", false), "tasks");
    assert_string_equal(scene_cell(&model, &sites_view, &first, "WAITING", false), "2");
    assert_string_not_equal(scene_cell(&model, &sites_view, &first, "OPERATION", false), "");
    assert_int_not_equal(sites_view.task_of(&model, &first), SNAPSHOT_NONE);
    assert_int_equal(sites_view.context_of(&model, &first), SNAPSHOT_NONE);
}

static void a_group_leads_to_its_oldest(void **state)
{
    (void)state;
    const struct item item = at_place("in request (server.c:42)");
    const uint32_t context = sites_view.context_of(&model, &item);
    assert_int_equal(sample->snapshot->contexts[context].id, 4);
    assert_int_equal(sites_view.task_of(&model, &item), SNAPSHOT_NONE);
    struct lines lines = {0};
    sites_view.detail(&model, &item, &lines);
    assert_non_null(strstr(lines.lines[0].text, "1 contexts "));
    assert_non_null(strstr(lines.lines[0].text, "in request (server.c:42)"));
    lines_free(&lines);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(contexts_are_counted_where_they_were_made),
        cmocka_unit_test(only_what_is_open_counts),
        cmocka_unit_test(tasks_say_what_the_oldest_does),
        cmocka_unit_test(a_group_leads_to_its_oldest),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
