/* What a terminal might obey becomes visible, and nothing else is changed. */
#include "base/escape.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void becomes(const char *text, const char *expected)
{
    char out[256];
    size_t length = text_escape(text, strlen(text), out);
    out[length] = '\0';
    assert_string_equal(out, expected);
    /* Once is enough. */
    size_t again = text_escape(expected, strlen(expected), out);
    out[again] = '\0';
    assert_string_equal(out, expected);
}

static void harmless_text_stays(void **state)
{
    (void)state;
    becomes("", "");
    becomes("orders.c:212 \\ 'x'", "orders.c:212 \\ 'x'");
    becomes("grün, 上海, 🙂", "grün, 上海, 🙂");
}

static void controls_become_visible(void **state)
{
    (void)state;
    becomes("a\nb\tc\rd", "a\\nb\\tc\\rd");
    becomes("\x1b[2J", "\\x1b[2J");
    becomes("\x7f", "\\x7f");
    becomes("\xc2\x9b", "\\x9b"); /* CSI as one character */
}

static void what_deceives_becomes_visible(void **state)
{
    (void)state;
    becomes("a\u202eb", "a\\u202eb");
    becomes("a\u200bb", "a\\u200bb");
    becomes("a\u061cb", "a\\u061cb");
    becomes("a\ufff9b", "a\\ufff9b");
    becomes("\ufeff", "\\ufeff");
}

static void what_is_no_utf_8_becomes_visible(void **state)
{
    (void)state;
    becomes("\xff", "\\xff");
    becomes("\xc0\xaf", "\\xc0\\xaf");                   /* overlong */
    becomes("\xed\xa0\x80", "\\xed\\xa0\\x80");          /* a surrogate */
    becomes("\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"); /* beyond Unicode */
    becomes("\xe4\xb8", "\\xe4\\xb8");                   /* cut */
}

static void decodes_no_further_than_there_is(void **state)
{
    (void)state;
    uint32_t character = 0;
    assert_int_equal(text_decode("\xe4\xb8\x8a", 3, &character), 3);
    assert_int_equal(character, 0x4e0a);
    assert_int_equal(text_decode("\xe4\xb8\x8a", 2, &character), 0);
    assert_true(character_is_harmless(0x4e0a));
    assert_false(character_is_harmless(0x9b));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(harmless_text_stays),
        cmocka_unit_test(controls_become_visible),
        cmocka_unit_test(what_deceives_becomes_visible),
        cmocka_unit_test(what_is_no_utf_8_becomes_visible),
        cmocka_unit_test(decodes_no_further_than_there_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
