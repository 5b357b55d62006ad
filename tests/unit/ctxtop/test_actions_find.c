#include "ctxtop/keys.h"
#include "monitor.h"

static void search_for(struct interface *interface, const char *text)
{
    filter_set(&interface->pane->search, text);
}

static void a_search_remembers_where_it_began(void **state)
{
    struct interface *interface = *state;
    action_down(interface);
    assert_int_equal(action_search(interface), REDRAW_FOOTER);
    assert_int_equal(interface->mode, MODE_SEARCH);
    assert_int_equal(interface->search_origin, 2);
    assert_int_equal(interface->search_origin_kind, ITEM_CONTEXT);
    assert_string_equal(interface->prompt.text, "");
}

static void a_search_without_rows_begins_nowhere(void **state)
{
    struct interface *interface = *state;
    pane_set_filter(interface->pane, &interface->model, "nothing-like-this");
    interface->search_origin = 99;
    action_search(interface);
    assert_int_equal(interface->search_origin, 0);
}

static void matches_come_in_turn_both_ways(void **state)
{
    struct interface *interface = *state;
    search_for(interface, "request"); /* 4 and 5 */
    assert_int_equal(action_search_next(interface), REDRAW_ALL);
    assert_int_equal(at_cursor(interface), 4);
    action_search_next(interface);
    assert_int_equal(at_cursor(interface), 5);
    action_search_next(interface); /* round */
    assert_int_equal(at_cursor(interface), 4);
    search_for(interface, "server.c"); /* where all of them were created */
    action_search_next(interface);
    assert_int_equal(at_cursor(interface), 6);
    action_search_previous(interface);
    action_search_previous(interface);
    assert_int_equal(at_cursor(interface), 2);
    assert_string_equal(interface->message, "");
}

static void what_is_folded_away_is_found(void **state)
{
    struct interface *interface = *state;
    action_fold_left(interface);
    assert_contexts(interface, "1 7");
    search_for(interface, "user");
    action_search_next(interface);
    assert_int_equal(at_cursor(interface), 6);
}

static void a_search_that_finds_nothing_says_so(void **state)
{
    struct interface *interface = *state;
    action_down(interface);
    action_search_next(interface);
    assert_string_equal(interface->message, "Nothing to search for; / begins a search.");
    search_for(interface, "nothing-like-this");
    action_search_previous(interface);
    assert_string_equal(interface->message, "Nothing matches 'nothing-like-this'.");
    assert_int_equal(at_cursor(interface), 2);
}

static void a_filter_is_edited_from_what_it_is(void **state)
{
    struct interface *interface = *state;
    pane_set_filter(interface->pane, &interface->model, "request");
    assert_int_equal(action_filter(interface), REDRAW_FOOTER);
    assert_int_equal(interface->mode, MODE_FILTER);
    assert_string_equal(interface->prompt.text, "request");
}

/* One thing for each press: what was opened last goes first. */
static void escape_ends_one_thing_after_the_other(void **state)
{
    struct interface *interface = *state;
    pane_set_filter(interface->pane, &interface->model, "request");
    search_for(interface, "request");
    interface->detail_open = true;
    action_escape(interface);
    assert_false(interface->detail_open);
    assert_int_equal(interface->pane->search.count, 1);
    action_escape(interface);
    assert_int_equal(interface->pane->search.count, 0);
    assert_int_equal(interface->pane->filter.count, 1);
    action_escape(interface);
    assert_int_equal(interface->pane->filter.count, 0);
    assert_contexts(interface, "1 2 4 6 5 3 7");
    assert_int_equal(action_escape(interface), REDRAW_ALL);
}

/* ---- going to what a row is about ---- */

static void go_to_task(struct interface *interface, uint64_t task)
{
    monitor_show(interface, &tasks_view);
    assert_true(pane_go_to(interface->pane, ITEM_TASK, task));
}

static void a_task_leads_to_its_context(void **state)
{
    struct interface *interface = *state;
    go_to_task(interface, 1);
    assert_int_equal(action_to_context(interface), REDRAW_ALL);
    assert_ptr_equal(interface->pane->view, &contexts_view);
    assert_int_equal(at_cursor(interface), 2);
}

static void a_filter_that_hides_the_goal_is_lifted(void **state)
{
    struct interface *interface = *state;
    pane_set_filter(interface->pane, &interface->model, "todo");
    go_to_task(interface, 1);
    action_to_context(interface);
    assert_int_equal(at_cursor(interface), 2);
    assert_int_equal(interface->panes[VIEW_contexts].filter.count, 0);
}

static void a_filter_that_shows_the_goal_stays(void **state)
{
    struct interface *interface = *state;
    pane_set_filter(interface->pane, &interface->model, "server");
    go_to_task(interface, 1);
    action_to_context(interface);
    assert_int_equal(at_cursor(interface), 2);
    assert_int_equal(interface->panes[VIEW_contexts].filter.count, 1);
}

static void a_wait_leads_to_its_task(void **state)
{
    struct interface *interface = *state;
    monitor_show(interface, &objects_view);
    action_unfold_right(interface); /* from the object to the first wait for it */
    assert_int_equal(pane_item(interface->pane)->kind, ITEM_WAIT);
    assert_int_equal(action_to_task(interface), REDRAW_ALL);
    assert_ptr_equal(interface->pane->view, &tasks_view);
    assert_int_equal(pane_item(interface->pane)->kind, ITEM_TASK);
}

static void what_is_about_nothing_leads_nowhere(void **state)
{
    struct interface *interface = *state;
    monitor_show(interface, &objects_view);
    for (action_first(interface); at_cursor(interface); action_down(interface)) {
        const struct item *item = pane_item(interface->pane);
        if (item->kind == ITEM_OBJECT &&
            interface->sample->snapshot->objects[item->index].kind == OBJECT_DESCRIPTOR)
            break;
    }
    assert_int_equal(action_to_context(interface), REDRAW_FOOTER);
    assert_string_equal(interface->message, "No context is known that this is about.");
    assert_ptr_equal(interface->pane->view, &objects_view);
    assert_int_equal(action_to_task(interface), REDRAW_FOOTER);
    assert_string_equal(interface->message, "No task is known that this is about.");
}

/* The context was created by a task of the system, which is hidden. */
static void what_is_hidden_is_not_gone_to(void **state)
{
    struct interface *interface = *state;
    struct snapshot_builder *builder = scene_begin();
    scene_task(builder, 3, "timers", true);
    const struct snapshot_context context = {.id = 9,
                                             .kind = CONTEXT_CANCEL,
                                             .creator_task_id = 3,
                                             .deadline_ns = SNAPSHOT_NEVER,
                                             .ended_ns = SNAPSHOT_NEVER,
                                             .creation_stack = SNAPSHOT_NONE,
                                             .cancel_stack = SNAPSHOT_NONE};
    builder_add_context(builder, &context);
    interface->sample = sample_new(builder_finish(builder), NULL, NULL, 0);
    interface->model.sample = interface->sample;
    interface_mark_stale(interface);
    assert_contexts(interface, "9");
    assert_int_equal(action_to_task(interface), REDRAW_ALL);
    assert_ptr_equal(interface->pane->view, &contexts_view);
    assert_string_equal(interface->message,
                        "The task is hidden; s shows system tasks, o what has ended.");
    action_system(interface);
    action_to_task(interface);
    assert_ptr_equal(interface->pane->view, &tasks_view);
    assert_int_equal(at_cursor(interface), 3);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, monitor_begin, monitor_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_search_remembers_where_it_began),
        TEST(a_search_without_rows_begins_nowhere),
        TEST(matches_come_in_turn_both_ways),
        TEST(what_is_folded_away_is_found),
        TEST(a_search_that_finds_nothing_says_so),
        TEST(a_filter_is_edited_from_what_it_is),
        TEST(escape_ends_one_thing_after_the_other),
        TEST(a_task_leads_to_its_context),
        TEST(a_filter_that_hides_the_goal_is_lifted),
        TEST(a_filter_that_shows_the_goal_stays),
        TEST(a_wait_leads_to_its_task),
        TEST(what_is_about_nothing_leads_nowhere),
        TEST(what_is_hidden_is_not_gone_to),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
