/* Rows do not jump: the cursor follows its item, and the item stays on its line. */
#include "ctxtop/pane.h"
#include "scene.h"

struct fixture {
    struct sample *sample;
    struct model model;
    struct pane pane;
};

static int begin(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    fixture->sample = scene_sample();
    fixture->model = scene_model(fixture->sample);
    pane_init(&fixture->pane, &contexts_view);
    fixture->pane.height = 20;
    pane_refresh(&fixture->pane, &fixture->model);
    *state = fixture;
    return 0;
}

static int end(void **state)
{
    struct fixture *fixture = *state;
    pane_free(&fixture->pane);
    sample_free(fixture->sample);
    free(fixture);
    return 0;
}

/* The next snapshot. */
static void change(struct fixture *fixture, struct sample *sample)
{
    struct sample *old = fixture->sample;
    fixture->sample = sample;
    fixture->model.sample = sample;
    fixture->pane.stale = true;
    pane_refresh(&fixture->pane, &fixture->model);
    sample_free(old);
}

static uint64_t at_cursor(const struct fixture *fixture)
{
    return pane_item(&fixture->pane)->id;
}

static void go_to(struct fixture *fixture, uint64_t id)
{
    assert_true(pane_go_to(&fixture->pane, ITEM_CONTEXT, id));
    assert_int_equal(at_cursor(fixture), id);
}

static void cursor_follows_its_item(void **state)
{
    struct fixture *fixture = *state;
    go_to(fixture, 3);
    assert_int_equal(fixture->pane.cursor, 5);
    change(fixture, scene_sample_without(5));
    assert_int_equal(at_cursor(fixture), 3);
    assert_int_equal(fixture->pane.cursor, 4);
}

static void item_stays_on_its_line(void **state)
{
    struct fixture *fixture = *state;
    fixture->pane.height = 3;
    go_to(fixture, 3);
    uint32_t line = fixture->pane.cursor - fixture->pane.top;
    change(fixture, scene_sample_without(4));
    assert_int_equal(at_cursor(fixture), 3);
    assert_int_equal(fixture->pane.cursor - fixture->pane.top, line);
}

static void cursor_goes_to_the_neighbour_of_what_is_gone(void **state)
{
    struct fixture *fixture = *state;
    go_to(fixture, 5);
    change(fixture, scene_sample_without(5));
    assert_int_equal(at_cursor(fixture), 3);
}

static void folding_an_ancestor_takes_the_cursor_along(void **state)
{
    struct fixture *fixture = *state;
    go_to(fixture, 6);
    pane_fold_depth(&fixture->pane, 1);
    assert_int_equal(at_cursor(fixture), 2);
}

static void movement_stays_within_the_rows(void **state)
{
    struct fixture *fixture = *state;
    pane_move(&fixture->pane, INT32_MAX);
    assert_int_equal(at_cursor(fixture), 7);
    pane_move(&fixture->pane, INT32_MIN);
    assert_int_equal(at_cursor(fixture), 1);
}

static void scrolling_leaves_no_empty_lines(void **state)
{
    struct fixture *fixture = *state;
    fixture->pane.height = 4;
    pane_move(&fixture->pane, INT32_MAX);
    assert_int_equal(fixture->pane.top, 3);
    fixture->pane.height = 20;
    pane_scroll(&fixture->pane);
    assert_int_equal(fixture->pane.top, 0);
}

static void search_unfolds_what_hides_a_match(void **state)
{
    struct fixture *fixture = *state;
    pane_fold_depth(&fixture->pane, 0);
    filter_set(&fixture->pane.search, "kind:value");
    assert_true(pane_search(&fixture->pane, &fixture->model, true, false));
    assert_int_equal(at_cursor(fixture), 6);
}

static void search_goes_round_in_both_directions(void **state)
{
    struct fixture *fixture = *state;
    filter_set(&fixture->pane.search, "request");
    assert_true(pane_search(&fixture->pane, &fixture->model, true, false));
    assert_int_equal(at_cursor(fixture), 4);
    assert_true(pane_search(&fixture->pane, &fixture->model, true, false));
    assert_int_equal(at_cursor(fixture), 5);
    assert_true(pane_search(&fixture->pane, &fixture->model, true, false));
    assert_int_equal(at_cursor(fixture), 4);
    assert_true(pane_search(&fixture->pane, &fixture->model, false, false));
    assert_int_equal(at_cursor(fixture), 5);
    assert_true(pane_search(&fixture->pane, &fixture->model, false, false));
    assert_int_equal(at_cursor(fixture), 4);
}

static void inclusive_search_stays_on_a_match(void **state)
{
    struct fixture *fixture = *state;
    go_to(fixture, 5);
    filter_set(&fixture->pane.search, "request");
    assert_true(pane_search(&fixture->pane, &fixture->model, true, true));
    assert_int_equal(at_cursor(fixture), 5);
    filter_set(&fixture->pane.search, "nothing like it");
    assert_false(pane_search(&fixture->pane, &fixture->model, true, true));
    assert_int_equal(at_cursor(fixture), 5);
}

static void filter_shows_matches_in_what_is_folded(void **state)
{
    struct fixture *fixture = *state;
    pane_fold_depth(&fixture->pane, 0);
    pane_set_filter(&fixture->pane, &fixture->model, "kind:value");
    assert_string_equal(scene_rows(&fixture->pane.tree, &fixture->pane.rows), "1\n 2\n  4\n   6\n");
    pane_set_filter(&fixture->pane, &fixture->model, "");
    assert_string_equal(scene_rows(&fixture->pane.tree, &fixture->pane.rows), "1+\n7\n");
}

static void following_goes_to_the_newest_until_moved(void **state)
{
    struct fixture *fixture = *state;
    pane_set_follows(&fixture->pane, &fixture->model, true);
    assert_int_equal(at_cursor(fixture), 7);
    change(fixture, scene_sample_without(7));
    assert_int_equal(at_cursor(fixture), 6); /* created after 5 and 3, which are below it */
    pane_move(&fixture->pane, -1);
    change(fixture, scene_sample());
    assert_int_equal(at_cursor(fixture), 4);
}

static void hidden_items_cannot_be_gone_to(void **state)
{
    struct fixture *fixture = *state;
    pane_set_filter(&fixture->pane, &fixture->model, "todo");
    assert_false(pane_go_to(&fixture->pane, ITEM_CONTEXT, 4));
    assert_false(pane_go_to(&fixture->pane, ITEM_CONTEXT, 4711));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(cursor_follows_its_item, begin, end),
        cmocka_unit_test_setup_teardown(item_stays_on_its_line, begin, end),
        cmocka_unit_test_setup_teardown(cursor_goes_to_the_neighbour_of_what_is_gone, begin, end),
        cmocka_unit_test_setup_teardown(folding_an_ancestor_takes_the_cursor_along, begin, end),
        cmocka_unit_test_setup_teardown(movement_stays_within_the_rows, begin, end),
        cmocka_unit_test_setup_teardown(scrolling_leaves_no_empty_lines, begin, end),
        cmocka_unit_test_setup_teardown(search_unfolds_what_hides_a_match, begin, end),
        cmocka_unit_test_setup_teardown(search_goes_round_in_both_directions, begin, end),
        cmocka_unit_test_setup_teardown(inclusive_search_stays_on_a_match, begin, end),
        cmocka_unit_test_setup_teardown(filter_shows_matches_in_what_is_folded, begin, end),
        cmocka_unit_test_setup_teardown(following_goes_to_the_newest_until_moved, begin, end),
        cmocka_unit_test_setup_teardown(hidden_items_cannot_be_gone_to, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
