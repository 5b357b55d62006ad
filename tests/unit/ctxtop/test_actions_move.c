#include "ctxtop/keys.h"
#include "monitor.h"

/* ---- moving ---- */

static void a_step_is_a_row_and_ends_at_the_ends(void **state)
{
    struct interface *interface = *state;
    assert_contexts(interface, "1 2 4 6 5 3 7");
    assert_int_equal(action_up(interface), REDRAW_ROWS);
    assert_int_equal(at_cursor(interface), 1);
    assert_int_equal(action_down(interface), REDRAW_ROWS);
    assert_int_equal(at_cursor(interface), 2);
    action_up(interface);
    assert_int_equal(at_cursor(interface), 1);
    action_last(interface);
    action_down(interface);
    assert_int_equal(at_cursor(interface), 7);
    action_first(interface);
    assert_int_equal(at_cursor(interface), 1);
}

static void a_page_keeps_a_line_of_the_one_before(void **state)
{
    struct interface *interface = *state;
    action_page_down(interface);
    assert_int_equal(interface->pane->cursor, MONITOR_ROWS - 1);
    action_page_up(interface);
    assert_int_equal(interface->pane->cursor, 0);
    /* A screen of one row, or one that was never drawn. */
    for (uint32_t height = 0; height < 2; height++) {
        interface->pane->height = height;
        action_first(interface);
        action_page_down(interface);
        assert_int_equal(interface->pane->cursor, 1);
    }
}

static void the_last_row_is_followed_where_what_is_new_comes_last(void **state)
{
    struct interface *interface = *state;
    action_last(interface);
    assert_false(interface->pane->follows);
    monitor_show(interface, &events_view);
    interface->pane->follows = false;
    action_last(interface);
    assert_true(interface->pane->follows);
}

static void following_is_switched_and_ends_with_a_move(void **state)
{
    struct interface *interface = *state;
    assert_int_equal(action_follow(interface), REDRAW_ALL);
    assert_true(interface->pane->follows);
    assert_string_equal(interface->message, "Following the newest; move to end that.");
    assert_int_equal(at_cursor(interface), 7);
    action_up(interface);
    assert_false(interface->pane->follows);
    action_follow(interface);
    action_follow(interface);
    assert_false(interface->pane->follows);
    assert_string_equal(interface->message, "Not following any more.");
}

/* ---- folding ---- */

static void a_row_is_folded_and_unfolded(void **state)
{
    struct interface *interface = *state;
    action_down(interface);
    assert_int_equal(action_toggle_fold(interface), REDRAW_ROWS);
    assert_contexts(interface, "1 2 3 7");
    assert_int_equal(action_toggle_fold(interface), REDRAW_ROWS);
    assert_contexts(interface, "1 2 4 6 5 3 7");
    action_last(interface);
    assert_int_equal(action_toggle_fold(interface), REDRAW_NOTHING); /* nothing is below it */
}

static void left_folds_and_then_goes_to_the_parent(void **state)
{
    struct interface *interface = *state;
    assert_true(pane_go_to(interface->pane, ITEM_CONTEXT, 6));
    action_fold_left(interface);
    assert_int_equal(at_cursor(interface), 4);
    assert_contexts(interface, "1 2 4 6 5 3 7");
    action_fold_left(interface);
    assert_int_equal(at_cursor(interface), 4);
    assert_contexts(interface, "1 2 4 5 3 7");
    action_fold_left(interface);
    assert_int_equal(at_cursor(interface), 2);
    action_fold_left(interface);
    action_fold_left(interface);
    action_fold_left(interface);
    assert_contexts(interface, "1 7");
    action_fold_left(interface); /* a folded root: there is nowhere to go */
    assert_int_equal(at_cursor(interface), 1);
}

static void right_unfolds_and_then_goes_in(void **state)
{
    struct interface *interface = *state;
    action_fold_left(interface);
    assert_contexts(interface, "1 7");
    assert_int_equal(action_unfold_right(interface), REDRAW_ROWS);
    assert_contexts(interface, "1 2 4 6 5 3 7");
    assert_int_equal(at_cursor(interface), 1);
    action_unfold_right(interface);
    assert_int_equal(at_cursor(interface), 2);
    action_last(interface);
    assert_int_equal(action_unfold_right(interface), REDRAW_NOTHING);
    assert_int_equal(at_cursor(interface), 7);
}

static void all_are_folded_below_the_roots(void **state)
{
    struct interface *interface = *state;
    action_fold_all(interface);
    assert_contexts(interface, "1 2 3 7");
    action_unfold_all(interface);
    assert_contexts(interface, "1 2 4 6 5 3 7");
}

static void levels_are_folded_one_by_one(void **state)
{
    struct interface *interface = *state;
    action_fold_more(interface); /* the deepest that has something below it */
    assert_contexts(interface, "1 2 4 5 3 7");
    action_fold_more(interface);
    assert_contexts(interface, "1 2 3 7");
    action_fold_more(interface);
    assert_contexts(interface, "1 7");
    action_fold_more(interface);
    assert_contexts(interface, "1 7");
    action_fold_less(interface);
    assert_contexts(interface, "1 2 3 7");
    action_fold_less(interface);
    assert_contexts(interface, "1 2 4 5 3 7");
    action_fold_less(interface);
    assert_contexts(interface, "1 2 4 6 5 3 7");
    action_unfold_all(interface);
    action_fold_less(interface); /* beyond "nothing" there is nothing */
    assert_int_equal(pane_folded_depth(interface->pane), FOLD_NOTHING);
}

static void without_rows_folding_does_nothing(void **state)
{
    struct interface *interface = *state;
    pane_set_filter(interface->pane, &interface->model, "nothing-like-this");
    assert_contexts(interface, "");
    assert_int_equal(action_toggle_fold(interface), REDRAW_NOTHING);
    assert_int_equal(action_fold_left(interface), REDRAW_NOTHING);
    assert_int_equal(action_unfold_right(interface), REDRAW_NOTHING);
}

/* ---- sorting ---- */

static const char *sorted_by(const struct interface *interface)
{
    const struct pane *pane = interface->pane;
    return pane->order.column == ORDER_NATURAL ? "nothing"
                                               : pane->view->columns[pane->order.column].title;
}

static void columns_are_sorted_by_in_turn_and_then_none(void **state)
{
    struct interface *interface = *state;
    unsigned columns = interface->pane->view->column_count;
    for (unsigned i = 0; i < columns; i++) {
        action_sort_next(interface);
        assert_string_equal(sorted_by(interface), interface->pane->view->columns[i].title);
    }
    action_sort_next(interface);
    assert_string_equal(sorted_by(interface), "nothing");
    assert_string_equal(interface->message, "Not sorted: in the order of creation.");
    action_sort_previous(interface);
    assert_string_equal(sorted_by(interface), interface->pane->view->columns[columns - 1].title);
}

static void columns_that_are_not_shown_are_not_sorted_by(void **state)
{
    struct interface *interface = *state;
    interface->shown_columns = 1 << 0 | 1 << 4;
    action_sort_next(interface);
    assert_string_equal(sorted_by(interface), "CONTEXT");
    assert_false(interface->pane->order.descending);
    action_sort_next(interface);
    assert_string_equal(sorted_by(interface), "AGE");
    assert_true(interface->pane->order.descending);
    assert_string_equal(interface->message, "Sorted by AGE.");
    action_sort_next(interface);
    assert_string_equal(sorted_by(interface), "nothing");
    action_sort_previous(interface);
    assert_string_equal(sorted_by(interface), "AGE");
}

static void who_sorts_sees_what_comes_first(void **state)
{
    struct interface *interface = *state;
    action_last(interface);
    interface->shown_columns = 1 << 4; /* the age: the largest first, siblings by themselves */
    action_sort_next(interface);
    assert_true(interface->pane->order.descending);
    assert_int_equal(interface->pane->cursor, 0);
    assert_contexts(interface, "1 2 4 6 5 3 7");
    action_last(interface);
    assert_int_equal(action_sort_turn(interface), REDRAW_ALL);
    assert_int_equal(interface->pane->cursor, 0);
    assert_contexts(interface, "7 1 3 2 5 4 6");
    action_sort_none(interface);
    assert_contexts(interface, "1 2 4 6 5 3 7");
}

static void what_is_not_sorted_cannot_be_turned_round(void **state)
{
    struct interface *interface = *state;
    assert_int_equal(action_sort_turn(interface), REDRAW_FOOTER);
    assert_string_equal(interface->message, "Nothing is sorted; > sorts by the first column.");
    assert_contexts(interface, "1 2 4 6 5 3 7");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, monitor_begin, monitor_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_step_is_a_row_and_ends_at_the_ends),
        TEST(a_page_keeps_a_line_of_the_one_before),
        TEST(the_last_row_is_followed_where_what_is_new_comes_last),
        TEST(following_is_switched_and_ends_with_a_move),
        TEST(a_row_is_folded_and_unfolded),
        TEST(left_folds_and_then_goes_to_the_parent),
        TEST(right_unfolds_and_then_goes_in),
        TEST(all_are_folded_below_the_roots),
        TEST(levels_are_folded_one_by_one),
        TEST(without_rows_folding_does_nothing),
        TEST(columns_are_sorted_by_in_turn_and_then_none),
        TEST(columns_that_are_not_shown_are_not_sorted_by),
        TEST(who_sorts_sees_what_comes_first),
        TEST(what_is_not_sorted_cannot_be_turned_round),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
