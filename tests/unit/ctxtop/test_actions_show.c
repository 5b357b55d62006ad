#include "ctxtop/keys.h"
#include "ctxtop/watching.h"
#include "monitor.h"

#include <poll.h>

/* ---- views ---- */

static void views_come_in_turn_both_ways(void **state)
{
    struct interface *interface = *state;
    unsigned seen = 0;
    do {
        const struct pane *before = interface->pane;
        assert_int_equal(action_view_next(interface), REDRAW_ALL);
        assert_true(view_available(interface->pane->view, &interface->model));
        assert_ptr_not_equal(interface->pane, before);
        seen++;
    } while (interface->pane->view != &contexts_view);
    unsigned available = 0;
    for (unsigned i = 0; i < VIEW_COUNT; i++)
        available += view_available(view_table[i], &interface->model);
    assert_true(available < VIEW_COUNT); /* the log and the targets are not there */
    assert_int_equal(seen, available);
    action_view_previous(interface);
    assert_ptr_equal(interface->pane->view, &sites_view);
    action_view_next(interface);
    assert_ptr_equal(interface->pane->view, &contexts_view);
}

static void details_open_and_close_on_a_row(void **state)
{
    struct interface *interface = *state;
    interface->detail_top = 5;
    action_open(interface);
    assert_true(interface->detail_open);
    assert_int_equal(interface->detail_top, 0);
    action_open(interface);
    assert_false(interface->detail_open);
    pane_set_filter(interface->pane, &interface->model, "nothing-like-this");
    action_open(interface);
    assert_false(interface->detail_open);
}

static void details_scroll_no_further_than_their_beginning(void **state)
{
    struct interface *interface = *state;
    action_detail_down(interface);
    action_detail_down(interface);
    assert_int_equal(interface->detail_top, 2);
    for (int i = 0; i < 5; i++)
        action_detail_up(interface);
    assert_int_equal(interface->detail_top, 0);
}

static void a_view_begins_at_the_top_of_its_details(void **state)
{
    struct interface *interface = *state;
    action_detail_down(interface);
    action_view_next(interface);
    assert_int_equal(interface->detail_top, 0);
}

static void what_has_ended_is_hidden_and_shown(void **state)
{
    struct interface *interface = *state;
    action_open_only(interface);
    assert_string_equal(interface->message, "What has ended is hidden.");
    assert_contexts(interface, "1 2 4 6 3 7");
    action_open_only(interface);
    assert_string_equal(interface->message, "What has ended is shown.");
    assert_contexts(interface, "1 2 4 6 5 3 7");
}

static void system_tasks_are_shown_and_hidden(void **state)
{
    struct interface *interface = *state;
    monitor_show(interface, &tasks_view);
    assert_false(pane_go_to(interface->pane, ITEM_TASK, 3));
    action_system(interface);
    assert_string_equal(interface->message, "System tasks are shown.");
    assert_true(pane_go_to(interface->pane, ITEM_TASK, 3));
    action_system(interface);
    assert_string_equal(interface->message, "System tasks are hidden.");
    assert_false(pane_go_to(interface->pane, ITEM_TASK, 3));
}

static void help_begins_at_its_top(void **state)
{
    struct interface *interface = *state;
    interface->help_top = 7;
    action_help(interface);
    assert_int_equal(interface->mode, MODE_HELP);
    assert_int_equal(interface->help_top, 0);
    assert_int_equal(action_redraw(interface), REDRAW_CLEAR);
}

/* ---- the program ---- */

static void without_a_program_there_is_nothing_to_sample(void **state)
{
    struct interface *interface = *state;
    assert_int_equal(action_pause(interface), REDRAW_NOTHING);
    assert_int_equal(action_prove(interface), REDRAW_NOTHING);
    assert_false(interface->paused);
    interface->targets_due_ns = 1;
    action_sample(interface); /* the list of targets, at once */
    assert_int_equal(interface->targets_due_ns, 0);
    assert_int_equal(action_keeps_alive(interface), REDRAW_FOOTER);
    assert_string_equal(interface->message, "No context or task is known that this is about.");
    assert_false(interface->detail_open);
}

/* Waits for what the sampler says next; a test that waits for good is ended by ctest. */
static void await_news(struct interface *interface)
{
    struct pollfd news = {.fd = sampler_descriptor(interface->sampler), .events = POLLIN};
    assert_int_equal(poll(&news, 1, -1), 1);
    watching_collect(interface);
}

/* A text fixture as the only target of the list. */
static void choose_a_target(struct interface *interface)
{
    struct target_entry *entry = calloc(1, sizeof *entry);
    assert_non_null(entry);
    snprintf(entry->target, sizeof entry->target, "../programs/fixtures/clean.snapshot");
    interface->targets = (struct target_list){.entries = entry, .count = 1, .room = 1};
    interface->model.targets = &interface->targets;
    interface->model.sample = interface->sample = NULL;
    interface->delay_ns = INT64_C(3600) * SECOND; /* one sample, unless it is asked for */
    interface_mark_stale(interface);
    monitor_show(interface, &targets_view);
    assert_int_equal(action_open(interface), REDRAW_ALL);
    assert_non_null(interface->sampler);
    while (!interface->sample)
        await_news(interface);
}

static void a_target_of_the_list_is_watched(void **state)
{
    struct interface *interface = *state;
    choose_a_target(interface);
    assert_ptr_equal(interface->pane->view, &contexts_view);
    assert_int_equal(interface->sample->snapshot->program.pid, 5151);
    assert_null(interface->model.targets);
    assert_true(interface->chosen);
    assert_int_equal(action_targets(interface), REDRAW_ALL);
    assert_null(interface->sampler);
    assert_null(interface->sample);
    assert_ptr_equal(interface->pane->view, &targets_view);
}

static void it_stands_still_and_is_proved_only_when_asked(void **state)
{
    struct interface *interface = *state;
    choose_a_target(interface);
    uint64_t first = interface->sample->number;
    assert_int_equal(action_pause(interface), REDRAW_ALL);
    assert_true(interface->paused);
    action_sample(interface);
    while (interface->sample->number == first)
        await_news(interface);
    action_pause(interface);
    assert_false(interface->paused);
    action_prove(interface);
    assert_true(interface->paused);
    assert_string_equal(interface->message,
                        "Proving what can be proved; p goes on without proofs.");
    action_prove(interface); /* it is paused already, and stays so */
    assert_true(interface->paused);
    watching_end(interface);
    assert_false(interface->paused);
}

static void what_keeps_it_alive_is_asked_and_answered(void **state)
{
    struct interface *interface = *state;
    choose_a_target(interface);
    uint64_t id = at_cursor(interface);
    assert_int_equal(id, 1);
    interface->answered_id = 77;
    assert_int_equal(action_keeps_alive(interface), REDRAW_ALL);
    assert_true(interface->detail_open);
    assert_int_equal(interface->asked_id, id);
    assert_int_equal(interface->answered_id, 0);
    while (interface->answered_id != id)
        await_news(interface);
    assert_non_null(interface->answer);
    watching_end(interface);
}

static void a_delay_is_asked_for(void **state)
{
    struct interface *interface = *state;
    prompt_set(&interface->prompt, "left over");
    action_delay(interface);
    assert_int_equal(interface->mode, MODE_DELAY);
    assert_string_equal(interface->prompt.text, "");
}

static void a_command_that_runs_is_not_left_unasked(void **state)
{
    struct interface *interface = *state;
    interface->has_command = true;
    assert_int_equal(action_targets(interface), REDRAW_FOOTER);
    assert_string_equal(interface->message, "First end the command that was started: q.");
    assert_int_equal(action_quit(interface), REDRAW_FOOTER);
    assert_int_equal(interface->mode, MODE_QUIT);
    assert_false(interface->quit);
    interface->mode = MODE_BROWSE;
    snprintf(interface->ending, sizeof interface->ending, "exit status 0");
    assert_int_equal(action_quit(interface), REDRAW_NOTHING);
    assert_int_equal(interface->mode, MODE_BROWSE);
    assert_true(interface->quit);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, monitor_begin, monitor_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(views_come_in_turn_both_ways),
        TEST(details_open_and_close_on_a_row),
        TEST(details_scroll_no_further_than_their_beginning),
        TEST(a_view_begins_at_the_top_of_its_details),
        TEST(what_has_ended_is_hidden_and_shown),
        TEST(system_tasks_are_shown_and_hidden),
        TEST(help_begins_at_its_top),
        TEST(without_a_program_there_is_nothing_to_sample),
        TEST(a_target_of_the_list_is_watched),
        TEST(it_stands_still_and_is_proved_only_when_asked),
        TEST(what_keeps_it_alive_is_asked_and_answered),
        TEST(a_delay_is_asked_for),
        TEST(a_command_that_runs_is_not_left_unasked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
