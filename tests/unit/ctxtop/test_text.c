/* Text in screen columns. */
#include "ctxtop/text.h"
#include "scene.h"

#include <locale.h>

static int use_unicode(void **state)
{
    (void)state;
    text_set_unicode(true);
    return setlocale(LC_ALL, "C.UTF-8") == NULL ? -1 : 0;
}

static const char *fitted(const char *text, unsigned width, enum align align, bool pad)
{
    static char out[256];
    unsigned taken = text_fit(out, sizeof out, text, width, align, pad);
    assert_int_equal(taken, text_width(out));
    return out;
}

static void fits_pads_and_cuts(void **state)
{
    (void)state;
    assert_string_equal(fitted("abc", 5, ALIGN_LEFT, true), "abc  ");
    assert_string_equal(fitted("abc", 5, ALIGN_RIGHT, true), "  abc");
    assert_string_equal(fitted("abc", 5, ALIGN_LEFT, false), "abc");
    assert_string_equal(fitted("abcdef", 4, ALIGN_LEFT, true), "abc…");
    assert_string_equal(fitted("abc", 0, ALIGN_LEFT, true), "");
    assert_string_equal(fitted("abc", 1, ALIGN_LEFT, true), "…");
}

static void wide_characters_take_two_columns(void **state)
{
    (void)state;
    assert_int_equal(text_width("日本"), 4);
    /* Half of a character cannot be shown: the column stays empty. */
    assert_string_equal(fitted("日本語", 4, ALIGN_LEFT, true), "日… ");
    assert_string_equal(fitted("日本語", 5, ALIGN_LEFT, true), "日本…");
}

static void combining_characters_take_none(void **state)
{
    (void)state;
    assert_int_equal(text_width("e\xcc\x81"), 1);
}

static void nothing_dangerous_reaches_the_terminal(void **state)
{
    (void)state;
    assert_string_equal(fitted("\x1b[2J\x07\x7f", 20, ALIGN_LEFT, false), "?[2J??");
    assert_string_equal(fitted("\xc2\x9b"
                               "2J",
                               20, ALIGN_LEFT, false),
                        "?2J"); /* C1 */
    assert_string_equal(fitted("a\xe2\x80\xae"
                               "b",
                               20, ALIGN_LEFT, false),
                        "a?b"); /* bidi */
    assert_string_equal(fitted("a\xff"
                               "b\xc3",
                               20, ALIGN_LEFT, false),
                        "a?b?"); /* no UTF-8 */
}

static void broken_sequences_are_decoded_as_one_byte(void **state)
{
    static const char *const broken[] = {
        "\xff", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82", "\x80",
    };
    (void)state;
    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
        uint32_t character;
        assert_int_equal(text_next(broken[i], strlen(broken[i]), &character), 1);
        assert_int_equal(character, 0xfffd);
    }
}

static void other_locales_get_ascii(void **state)
{
    (void)state;
    text_set_unicode(false);
    assert_string_equal(fitted("naïve", 10, ALIGN_LEFT, false), "na?ve");
    assert_string_equal(fitted("abcdef", 4, ALIGN_LEFT, false), "abc~");
    text_set_unicode(true);
}

static void cleaning_expands_tabs(void **state)
{
    char out[64];
    const char text[] = "a\tb\x1b[0m";
    (void)state;
    text_clean(out, sizeof out, text, sizeof text - 1);
    assert_string_equal(out, "a       b?[0m");
}

static void small_buffers_hold_whole_characters(void **state)
{
    char out[4];
    (void)state;
    text_fit(out, sizeof out, "éé", 10, ALIGN_LEFT, false);
    assert_string_equal(out, "é");
}

static void capitals_make_case_count(void **state)
{
    (void)state;
    assert_true(text_contains("GET /orders", "get"));
    assert_true(text_contains("GET /orders", "GET"));
    assert_false(text_contains("get /orders", "GET"));
    assert_false(text_contains("get", "orders"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fits_pads_and_cuts),
        cmocka_unit_test(wide_characters_take_two_columns),
        cmocka_unit_test(combining_characters_take_none),
        cmocka_unit_test(nothing_dangerous_reaches_the_terminal),
        cmocka_unit_test(broken_sequences_are_decoded_as_one_byte),
        cmocka_unit_test(other_locales_get_ascii),
        cmocka_unit_test(cleaning_expands_tabs),
        cmocka_unit_test(small_buffers_hold_whole_characters),
        cmocka_unit_test(capitals_make_case_count),
    };
    return cmocka_run_group_tests(tests, use_unicode, NULL);
}
