/* Text that is made without stdio: what is put into it, and what does not fit. */
#include "preload/plain_text.h"

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void test_words_and_numbers(void **unused)
{
    (void)unused;
    char bytes[64] = "", expected[64];
    struct plain_text text = {bytes, 0, sizeof bytes - 1};
    plain_text_add(&text, "a ");
    plain_text_add_number(&text, 0);
    plain_text_add(&text, "");
    plain_text_add(&text, " b ");
    plain_text_add_number(&text, ULONG_MAX);
    snprintf(expected, sizeof expected, "a 0 b %lu", ULONG_MAX);
    assert_string_equal(bytes, expected);
    assert_int_equal(text.length, strlen(expected));
}

static void test_what_does_not_fit_is_cut(void **unused)
{
    (void)unused;
    char bytes[8] = "-------";
    struct plain_text text = {bytes, 0, 5};
    plain_text_add(&text, "abc");
    plain_text_add_number(&text, 1234);
    plain_text_add(&text, "d");
    assert_string_equal(bytes, "abc12--");
    assert_int_equal(text.length, 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words_and_numbers),
        cmocka_unit_test(test_what_does_not_fit_is_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
