/* What comes out of the pool of strings may go to any terminal. */
#include "snapshot/builder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* What `length` bytes become. The result is valid until the next call. */
static const char *escaped_bytes(const char *text, size_t length)
{
    static char out[4096];
    struct snapshot_builder *builder = builder_new();
    snapshot_string string = builder_string_bytes(builder, text, length);
    struct snapshot *snapshot = builder_finish(builder);
    snprintf(out, sizeof out, "%s", snapshot_text(snapshot, string));
    snapshot_free(snapshot);
    return out;
}

static const char *escaped(const char *text)
{
    return escaped_bytes(text, strlen(text));
}

static void plain_text_is_kept(void **state)
{
    (void)state;
    assert_string_equal(escaped("GET /orders/17?x=1 \\n"), "GET /orders/17?x=1 \\n");
    assert_string_equal(escaped("Grüße, 世界 🙂"), "Grüße, 世界 🙂");
    assert_string_equal(escaped(""), "");
}

static void control_characters_become_visible(void **state)
{
    (void)state;
    assert_string_equal(escaped("a\nb\tc\rd"), "a\\nb\\tc\\rd");
    assert_string_equal(escaped("\x1b[31mred\x07"), "\\x1b[31mred\\x07");
    assert_string_equal(escaped("\x7f"), "\\x7f");
    assert_string_equal(escaped_bytes("a\0b", 3), "a\\x00b");
    /* U+009B is a control sequence introducer to some terminals. */
    assert_string_equal(escaped("\xc2\x9b"
                                "31m"),
                        "\\x9b31m");
}

static void characters_that_reorder_text_become_visible(void **state)
{
    (void)state;
    assert_string_equal(escaped("user\xe2\x80\xaegnp.exe"), "user\\u202egnp.exe");
    assert_string_equal(escaped("a\xe2\x80\xa8z"), "a\\u2028z");
    assert_string_equal(escaped("\xef\xbb\xbf"), "\\ufeff");
}

static void broken_utf8_becomes_visible(void **state)
{
    (void)state;
    assert_string_equal(escaped("\xff\xfe"), "\\xff\\xfe");
    assert_string_equal(escaped("\xc3"), "\\xc3");
    assert_string_equal(escaped("\xe2\x82"), "\\xe2\\x82");
    assert_string_equal(escaped("\xc0\xaf"), "\\xc0\\xaf");                   /* overlong */
    assert_string_equal(escaped("\xe0\x80\xaf"), "\\xe0\\x80\\xaf");          /* overlong */
    assert_string_equal(escaped("\xed\xa0\x80"), "\\xed\\xa0\\x80");          /* a surrogate */
    assert_string_equal(escaped("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80"); /* too high */
}

static void every_byte_is_safe(void **state)
{
    (void)state;
    for (unsigned byte = 0; byte < 256; byte++) {
        char text[3] = {'<', (char)byte, '>'};
        const char *out = escaped_bytes(text, 3);
        for (const char *next = out; *next; next++)
            assert_true((unsigned char)*next >= 0x20 && (unsigned char)*next < 0x7f);
    }
}

static void equal_texts_are_one_string(void **state)
{
    (void)state;
    struct snapshot_builder *builder = builder_new();
    snapshot_string first = builder_string(builder, "orders");
    assert_int_equal(builder_string(builder, "orders"), first);
    assert_int_equal(builder_string_bytes(builder, "orders!", 6), first);
    assert_int_not_equal(builder_string(builder, "order"), first);
    /* Different bytes that look the same are the same: what is shown is what is kept. */
    assert_int_equal(builder_string(builder, "\n"), builder_string(builder, "\\n"));
    assert_int_equal(builder_string(builder, NULL), 0);
    assert_int_equal(builder_string(builder, ""), 0);
    builder_free(builder);
}

static void many_strings_stay_apart(void **state)
{
    (void)state;
    enum { MANY = 100000 };
    static snapshot_string strings[MANY];
    struct snapshot_builder *builder = builder_new();
    for (int i = 0; i < MANY; i++)
        strings[i] = builder_string_format(builder, "name %d", i);
    for (int i = 0; i < MANY; i += 7)
        assert_int_equal(builder_string_format(builder, "name %d", i), strings[i]);
    struct snapshot *snapshot = builder_finish(builder);
    for (int i = 0; i < MANY; i++) {
        char expected[32];
        snprintf(expected, sizeof expected, "name %d", i);
        assert_string_equal(snapshot_text(snapshot, strings[i]), expected);
    }
    assert_string_equal(snapshot_text(snapshot, UINT32_MAX), "");
    snapshot_free(snapshot);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_text_is_kept),
        cmocka_unit_test(control_characters_become_visible),
        cmocka_unit_test(characters_that_reorder_text_become_visible),
        cmocka_unit_test(broken_utf8_becomes_visible),
        cmocka_unit_test(every_byte_is_safe),
        cmocka_unit_test(equal_texts_are_one_string),
        cmocka_unit_test(many_strings_stay_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
