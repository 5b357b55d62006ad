#include "ctxtop/lines.h"
#include "scene.h"

static struct lines lines;

static int end(void **state)
{
    (void)state;
    lines_free(&lines);
    return 0;
}

static void assert_lines(size_t count, const char *const *expected)
{
    assert_int_equal(lines.count, count);
    for (size_t i = 0; i < count; i++)
        assert_string_equal(lines.lines[i].text, expected[i]);
}

static void fields_stand_in_one_column(void **state)
{
    (void)state;
    lines_add(&lines, MEANING_STRONG, "Context #%d", 3);
    lines_add_field(&lines, "kind", "%s", "cancel");
    lines_add_meaning(&lines, "state", MEANING_ENDED, "%s", "canceled");
    lines_add_field(&lines, "longer than most", "%d", 7);
    assert_lines(4, (const char *[]){"Context #3", "kind           cancel",
                                     "state          canceled", "longer than most 7"});
    assert_int_equal(lines.lines[0].meaning, MEANING_STRONG);
    assert_int_equal(lines.lines[1].meaning, MEANING_NORMAL);
    assert_int_equal(lines.lines[2].meaning, MEANING_ENDED);
}

static void sentences_break_at_blanks(void **state)
{
    (void)state;
    lines.width = 24;
    lines_add_wrapped(&lines, MEANING_NORMAL, 4, "3 contexts can no longer be cancelled");
    assert_lines(2, (const char *[]){"    3 contexts can no", "    longer be cancelled"});
}

static void a_word_that_is_too_long_breaks_anywhere(void **state)
{
    (void)state;
    lines.width = 10;
    lines_add_wrapped(&lines, MEANING_NORMAL, 0, "a verylongfunctionname b");
    assert_lines(4, (const char *[]){"a", "verylongfu", "nctionname", "b"});
}

/* Columns are counted, not bytes, and no character is cut in two. */
static void a_character_of_several_bytes_is_one(void **state)
{
    (void)state;
    lines.width = 12;
    lines_add_wrapped(&lines, MEANING_NORMAL, 0, "äöüäöüäöüäöü");
    assert_lines(1, (const char *[]){"äöüäöüäöüäöü"});
    lines_clear(&lines);
    lines_add_wrapped(&lines, MEANING_NORMAL, 0, "äöüäöüäöüäöüä");
    assert_lines(2, (const char *[]){"äöüäöüäöüäöü", "ä"});
}

static void a_narrow_screen_leaves_ten_columns(void **state)
{
    (void)state;
    lines.width = 5;
    lines_add_wrapped(&lines, MEANING_NORMAL, 2, "abcdefghijkl");
    assert_lines(2, (const char *[]){"  abcdefghij", "  kl"});
}

static void without_a_width_it_is_a_hundred(void **state)
{
    (void)state;
    char text[131];
    memset(text, 'x', 130);
    text[130] = '\0';
    lines_add_wrapped(&lines, MEANING_NORMAL, 0, text);
    assert_int_equal(lines.count, 2);
    assert_int_equal(strlen(lines.lines[0].text), 100);
    lines_add_wrapped(&lines, MEANING_NORMAL, 0, "");
    assert_int_equal(lines.count, 2);
}

static void clearing_keeps_the_width(void **state)
{
    (void)state;
    lines.width = 24;
    lines_add(&lines, MEANING_NORMAL, "text");
    lines_clear(&lines);
    assert_int_equal(lines.count, 0);
    assert_int_equal(lines.width, 24);
}

#define TEST(name) cmocka_unit_test_teardown(name, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(fields_stand_in_one_column),
        TEST(sentences_break_at_blanks),
        TEST(a_word_that_is_too_long_breaks_anywhere),
        TEST(a_character_of_several_bytes_is_one),
        TEST(a_narrow_screen_leaves_ten_columns),
        TEST(without_a_width_it_is_a_hundred),
        TEST(clearing_keeps_the_width),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
