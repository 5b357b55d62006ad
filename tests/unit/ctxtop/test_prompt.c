/* Editing a line. */
#include "ctxtop/prompt.h"
#include "scene.h"

#include <ncurses.h>

static struct prompt prompt;

static int begin(void **state)
{
    (void)state;
    prompt_set(&prompt, "");
    return 0;
}

static void type(const char *text)
{
    for (; *text != '\0'; text++)
        assert_int_equal(prompt_key(&prompt, (unsigned char)*text, false), PROMPT_CHANGED);
}

static void characters_are_inserted_at_the_cursor(void **state)
{
    (void)state;
    type("ac");
    assert_int_equal(prompt_key(&prompt, KEY_LEFT, true), PROMPT_EDITING);
    type("b");
    assert_string_equal(prompt.text, "abc");
    prompt_key(&prompt, KEY_END, true);
    type("d");
    assert_string_equal(prompt.text, "abcd");
}

static void whole_characters_are_erased(void **state)
{
    (void)state;
    prompt_key(&prompt, 0xe9, false);    /* two bytes */
    prompt_key(&prompt, 0x65e5, false);  /* three */
    prompt_key(&prompt, 0x1f600, false); /* four */
    assert_string_equal(prompt.text, "é日😀");
    assert_int_equal(prompt_key(&prompt, KEY_BACKSPACE, true), PROMPT_CHANGED);
    assert_string_equal(prompt.text, "é日");
    prompt_key(&prompt, KEY_HOME, true);
    assert_int_equal(prompt_key(&prompt, KEY_DC, true), PROMPT_CHANGED);
    assert_string_equal(prompt.text, "日");
    assert_int_equal(prompt_key(&prompt, KEY_BACKSPACE, true), PROMPT_EDITING);
}

static void control_keys_erase_parts(void **state)
{
    (void)state;
    type("one two");
    prompt_key(&prompt, KEY_LEFT, true);
    prompt_key(&prompt, 'k' & 0x1f, false);
    assert_string_equal(prompt.text, "one tw");
    prompt_key(&prompt, 'u' & 0x1f, false);
    assert_string_equal(prompt.text, "");
}

static void it_ends(void **state)
{
    (void)state;
    assert_int_equal(prompt_key(&prompt, '\r', false), PROMPT_DONE);
    assert_int_equal(prompt_key(&prompt, KEY_ENTER, true), PROMPT_DONE);
    assert_int_equal(prompt_key(&prompt, 0x1b, false), PROMPT_CANCELLED);
}

static void it_does_not_overflow(void **state)
{
    (void)state;
    for (int i = 0; i < 3 * PROMPT_SIZE; i++)
        prompt_key(&prompt, 0x65e5, false);
    assert_true(prompt.length < PROMPT_SIZE);
    assert_int_equal(strlen(prompt.text), prompt.length);
    assert_int_equal(prompt.length % 3, 0);
}

static void other_keys_do_nothing(void **state)
{
    (void)state;
    type("x");
    assert_int_equal(prompt_key(&prompt, KEY_F(5), true), PROMPT_EDITING);
    assert_int_equal(prompt_key(&prompt, '\t', false), PROMPT_EDITING);
    assert_string_equal(prompt.text, "x");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(characters_are_inserted_at_the_cursor, begin),
        cmocka_unit_test_setup(whole_characters_are_erased, begin),
        cmocka_unit_test_setup(control_keys_erase_parts, begin),
        cmocka_unit_test_setup(it_ends, begin),
        cmocka_unit_test_setup(it_does_not_overflow, begin),
        cmocka_unit_test_setup(other_keys_do_nothing, begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
