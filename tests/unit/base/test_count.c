/* Counts as people read them. */
#include "base/count.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void counts_have_commas(void **state)
{
    char text[COUNT_SIZE];
    (void)state;
    count_text(text, sizeof text, 0);
    assert_string_equal(text, "0");
    count_text(text, sizeof text, 999);
    assert_string_equal(text, "999");
    count_text(text, sizeof text, 1234567);
    assert_string_equal(text, "1,234,567");
    count_text(text, sizeof text, UINT64_MAX);
    assert_string_equal(text, "18,446,744,073,709,551,615");
}

static void numbers_are_grouped(void **state)
{
    (void)state;
    char text[COUNT_SIZE];
    assert_string_equal(number_text(text, sizeof text, 0), "0");
    assert_string_equal(number_text(text, sizeof text, 999), "999");
    assert_string_equal(number_text(text, sizeof text, 1000), "1,000");
    assert_string_equal(number_text(text, sizeof text, -123456), "-123,456");
    assert_string_equal(number_text(text, sizeof text, INT64_MAX), "9,223,372,036,854,775,807");
    assert_string_equal(number_text(text, sizeof text, INT64_MIN), "-9,223,372,036,854,775,808");
}

static void short_counts_fit_into_five_columns(void **state)
{
    static const struct {
        uint64_t count;
        const char *text;
    } table[] = {
        {9999, "9999"},    {10000, "10.0k"},  {12345, "12.3k"},    {999999, "999k"},
        {1000000, "1.0M"}, {4500000, "4.5M"}, {123456789, "123M"}, {1000000000, "1.0G"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        char text[COUNT_SIZE];
        count_text_short(text, sizeof text, table[i].count);
        assert_string_equal(text, table[i].text);
        assert_true(strlen(text) <= 5);
    }
}

static void rates_are_rounded(void **state)
{
    char text[COUNT_SIZE];
    (void)state;
    rate_text(text, sizeof text, 0.04);
    assert_string_equal(text, "0");
    rate_text(text, sizeof text, 0.31);
    assert_string_equal(text, "0.3");
    rate_text(text, sizeof text, 1234.4);
    assert_string_equal(text, "1,234");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_have_commas),
        cmocka_unit_test(numbers_are_grouped),
        cmocka_unit_test(short_counts_fit_into_five_columns),
        cmocka_unit_test(rates_are_rounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
