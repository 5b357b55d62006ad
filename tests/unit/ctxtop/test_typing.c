#include "ctxtop/keys.h"
#include "ctxtop/typing.h"
#include "monitor.h"

#include <ncurses.h>

enum { RETURN = '\r', ESCAPE = 27 };

static void type(struct interface *interface, const char *text)
{
    for (; *text; text++)
        typing_key(interface, (unsigned char)*text, false);
}

/* ---- searching ---- */

static void the_cursor_goes_to_what_matches_so_far(void **state)
{
    struct interface *interface = *state;
    action_search(interface);
    type(interface, "re");
    assert_int_equal(at_cursor(interface), 4);
    type(interface, "quest");
    assert_int_equal(at_cursor(interface), 4); /* it matches still, and is not passed over */
    typing_key(interface, RETURN, false);
    assert_int_equal(interface->mode, MODE_BROWSE);
    assert_int_equal(at_cursor(interface), 4);
    assert_string_equal(interface->pane->search.text, "request");
    action_search(interface);
    type(interface, "server.c"); /* the row that the search begins on matches, too */
    assert_int_equal(at_cursor(interface), 4);
}

static void a_search_that_is_given_up_goes_back(void **state)
{
    struct interface *interface = *state;
    action_last(interface);
    action_search(interface);
    type(interface, "lost");
    assert_int_equal(at_cursor(interface), 3);
    typing_key(interface, ESCAPE, false);
    assert_int_equal(interface->mode, MODE_BROWSE);
    assert_int_equal(at_cursor(interface), 7);
    assert_int_equal(interface->pane->search.count, 0);
}

static void what_matches_nothing_is_said_until_it_does(void **state)
{
    struct interface *interface = *state;
    action_search(interface);
    type(interface, "lox");
    assert_string_equal(interface->message, "Nothing matches.");
    assert_int_equal(at_cursor(interface), 1);
    typing_key(interface, KEY_BACKSPACE, true);
    assert_string_equal(interface->message, "");
    assert_int_equal(at_cursor(interface), 3);
}

/* ---- filtering ---- */

static void what_does_not_match_goes_as_it_is_typed(void **state)
{
    struct interface *interface = *state;
    action_filter(interface);
    type(interface, "user");
    assert_contexts(interface, "1 2 4 6");
    typing_key(interface, RETURN, false);
    assert_int_equal(interface->mode, MODE_BROWSE);
    assert_contexts(interface, "1 2 4 6");
    action_filter(interface);
    typing_key(interface, ESCAPE, false);
    assert_int_equal(interface->mode, MODE_BROWSE);
    assert_contexts(interface, "1 2 4 6 5 3 7");
}

/* ---- the delay ---- */

static void answer_delay(struct interface *interface, const char *text)
{
    interface->message[0] = '\0';
    action_delay(interface);
    type(interface, text);
    typing_key(interface, RETURN, false);
    assert_int_equal(interface->mode, MODE_BROWSE);
}

static void a_delay_is_seconds_within_limits(void **state)
{
    struct interface *interface = *state;
    answer_delay(interface, "0.25");
    assert_int_equal(interface->delay_ns, SECOND / 4);
    assert_true(interface->delay_is_fixed);
    answer_delay(interface, "86400");
    assert_int_equal(interface->delay_ns, 86400 * SECOND);
    assert_string_equal(interface->message, "");
    static const char *const wrong[] = {"0", "0.009", "86401", "-1", "1 s", "x", "nan", "inf"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        answer_delay(interface, wrong[i]);
        assert_string_equal(interface->message, "The delay must be from 0.01 to 86400 seconds.");
        assert_int_equal(interface->delay_ns, 86400 * SECOND);
    }
}

static void no_answer_changes_no_delay(void **state)
{
    struct interface *interface = *state;
    interface->delay_ns = SECOND;
    answer_delay(interface, "");
    action_delay(interface);
    type(interface, "5");
    typing_key(interface, ESCAPE, false);
    assert_int_equal(interface->mode, MODE_BROWSE);
    assert_int_equal(interface->delay_ns, SECOND);
    assert_false(interface->delay_is_fixed);
    assert_string_equal(interface->message, "");
}

/* ---- what becomes of the command ---- */

static void check_answer(int key, bool is_function_key, bool quits, bool leaves)
{
    struct interface interface = {.mode = MODE_QUIT};
    typing_key(&interface, key, is_function_key);
    assert_int_equal(interface.mode, MODE_BROWSE);
    assert_int_equal(interface.quit, quits);
    assert_int_equal(interface.leave_command, leaves);
}

static void only_a_clear_answer_quits(void **state)
{
    (void)state;
    check_answer('y', false, true, false);
    check_answer('Y', false, true, false);
    check_answer('q', false, true, false);
    check_answer('l', false, true, true);
    check_answer('L', false, true, true);
    check_answer('n', false, false, false);
    check_answer(RETURN, false, false, false);
    check_answer(ESCAPE, false, false, false);
    check_answer('y', true, false, false); /* a function key of that number */
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, monitor_begin, monitor_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_cursor_goes_to_what_matches_so_far),
        TEST(a_search_that_is_given_up_goes_back),
        TEST(what_matches_nothing_is_said_until_it_does),
        TEST(what_does_not_match_goes_as_it_is_typed),
        TEST(a_delay_is_seconds_within_limits),
        TEST(no_answer_changes_no_delay),
        cmocka_unit_test(only_a_clear_answer_quits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
