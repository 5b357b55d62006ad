/* Looks, and lines of text. */
#include "ctxtop/lines.h"
#include "ctxtop/theme.h"
#include "scene.h"

static bool is_plain(const struct appearance *look)
{
    return !look->bold && !look->dim && !look->reverse && !look->underline;
}

static void without_colours_nothing_has_a_colour(void **state)
{
    (void)state;
    for (int i = 0; i < MEANING_COUNT; i++) {
        assert_int_equal(theme_table[i][SCHEME_MONOCHROME].foreground, -1);
        assert_int_equal(theme_table[i][SCHEME_MONOCHROME].background, -1);
    }
}

/* What is a question of life and death is an attribute, too. */
static void alarms_are_more_than_colour(void **state)
{
    static const enum meaning loud[] = {MEANING_ALARM, MEANING_CURSOR, MEANING_TITLE,
                                        MEANING_TAB,   MEANING_MATCH,  MEANING_WAITING};
    (void)state;
    for (size_t i = 0; i < sizeof loud / sizeof loud[0]; i++)
        assert_false(is_plain(&theme_table[loud[i]][SCHEME_MONOCHROME]));
}

static void glyphs_of_a_tree_are_equally_wide(void **state)
{
    static const enum glyph tree[] = {GLYPH_BRANCH, GLYPH_CORNER,        GLYPH_BAR,
                                      GLYPH_BLANK,  GLYPH_FOLDED_BRANCH, GLYPH_FOLDED_CORNER};
    (void)state;
    for (int ascii = 0; ascii <= 1; ascii++) {
        theme_set_ascii(ascii);
        for (size_t i = 0; i < sizeof tree / sizeof tree[0]; i++)
            assert_int_equal(text_width(theme_glyph(tree[i])), 3);
    }
}

static void schemes_have_names(void **state)
{
    enum scheme scheme;
    (void)state;
    assert_true(theme_find("light", &scheme));
    assert_int_equal(scheme, SCHEME_LIGHT);
    assert_true(theme_find("monochrome", &scheme));
    assert_false(theme_find("pink", &scheme));
}

static void sentences_break_at_blanks(void **state)
{
    struct lines lines = {.width = 20};
    (void)state;
    lines_add_wrapped(&lines, MEANING_NORMAL, 2, "one two three four five six");
    assert_int_equal(lines.count, 2);
    assert_string_equal(lines.lines[0].text, "  one two three four");
    assert_string_equal(lines.lines[1].text, "  five six");
    lines_clear(&lines);
    lines_add_wrapped(&lines, MEANING_NORMAL, 0, "a-word-that-is-longer-than-a-line");
    assert_int_equal(lines.count, 2);
    assert_string_equal(lines.lines[0].text, "a-word-that-is-longe");
    lines_free(&lines);
}

static void fields_are_in_one_column(void **state)
{
    struct lines lines = {0};
    (void)state;
    lines_add_field(&lines, "a", "%d", 1);
    lines_add_meaning(&lines, "longer", MEANING_ALARM, "%s", "2");
    assert_string_equal(lines.lines[0].text, "a              1");
    assert_string_equal(lines.lines[1].text, "longer         2");
    assert_int_equal(lines.lines[1].meaning, MEANING_ALARM);
    lines_free(&lines);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_colours_nothing_has_a_colour),
        cmocka_unit_test(alarms_are_more_than_colour),
        cmocka_unit_test(glyphs_of_a_tree_are_equally_wide),
        cmocka_unit_test(schemes_have_names),
        cmocka_unit_test(sentences_break_at_blanks),
        cmocka_unit_test(fields_are_in_one_column),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
