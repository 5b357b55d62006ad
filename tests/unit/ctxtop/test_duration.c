/* Durations, counts and moments as text. */
#include "ctxtop/duration.h"

#include "scene.h"

#include <time.h>

#define MINUTE (60 * SECOND)
#define HOUR   (60 * MINUTE)
#define DAY    (24 * HOUR)

static void durations_are_short(void **state)
{
    static const struct {
        int64_t ns;
        const char *text;
    } table[] = {
        {0, "0ns"},
        {999, "999ns"},
        {1000, "1us"},
        {999999, "999us"},
        {1000000, "1ms"},
        {SECOND - 1, "999ms"},
        {SECOND, "1.0s"},
        {9 * SECOND + 999999999, "9.9s"},
        {10 * SECOND, "10s"},
        {MINUTE - 1, "59s"},
        {5 * MINUTE + 12 * SECOND, "5m12s"},
        {HOUR, "1h00m"},
        {23 * HOUR + 59 * MINUTE, "23h59m"},
        {DAY, "1d00h"},
        {12 * DAY + 3 * HOUR, "12d03h"},
        {412 * DAY, "412d"},
        {-43 * SECOND, "-43s"},
        {INT64_MIN, "-106751d"},
        {INT64_MAX, "106751d"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        char text[DURATION_SIZE];
        duration_format(table[i].ns, text, sizeof text);
        assert_string_equal(text, table[i].text);
    }
}

static void special_moments_have_signs(void **state)
{
    char text[DURATION_SIZE];
    (void)state;
    duration_since(SNAPSHOT_NEVER, TAKEN_NS, text, sizeof text);
    assert_string_equal(text, "-");
    duration_until(SNAPSHOT_TIME_UNKNOWN, TAKEN_NS, text, sizeof text);
    assert_string_equal(text, "?");
}

static void what_began_after_the_picture_is_new(void **state)
{
    char text[DURATION_SIZE];
    (void)state;
    duration_since(TAKEN_NS + SECOND, TAKEN_NS, text, sizeof text);
    assert_string_equal(text, "0ns");
}

static void passed_deadlines_are_negative(void **state)
{
    char text[DURATION_SIZE];
    (void)state;
    duration_until(TAKEN_NS + 2 * SECOND, TAKEN_NS, text, sizeof text);
    assert_string_equal(text, "2.0s");
    duration_until(TAKEN_NS - 2 * SECOND, TAKEN_NS, text, sizeof text);
    assert_string_equal(text, "-2.0s");
}

static void distances_do_not_overflow(void **state)
{
    char text[DURATION_SIZE];
    (void)state;
    duration_until(INT64_MAX - 1, -2, text, sizeof text);
    assert_string_equal(text, "106751d");
    duration_until(INT64_MIN + 1, 2, text, sizeof text);
    assert_string_equal(text, "-106751d");
}

static void counts_have_commas(void **state)
{
    char text[DURATION_SIZE];
    (void)state;
    count_format(0, text, sizeof text);
    assert_string_equal(text, "0");
    count_format(999, text, sizeof text);
    assert_string_equal(text, "999");
    count_format(1234567, text, sizeof text);
    assert_string_equal(text, "1,234,567");
    count_format(UINT64_MAX, text, sizeof text);
    assert_string_equal(text, "18,446,744,073,709,551,615");
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
        char text[DURATION_SIZE];
        count_format_short(table[i].count, text, sizeof text);
        assert_string_equal(text, table[i].text);
        assert_true(strlen(text) <= 5);
    }
}

static void rates_are_rounded(void **state)
{
    char text[DURATION_SIZE];
    (void)state;
    rate_format(0.04, text, sizeof text);
    assert_string_equal(text, "0");
    rate_format(0.31, text, sizeof text);
    assert_string_equal(text, "0.3");
    rate_format(1234.4, text, sizeof text);
    assert_string_equal(text, "1,234");
}

static void moments_are_of_the_local_clock(void **state)
{
    char text[DURATION_SIZE];
    (void)state;
    setenv("TZ", "UTC", 1);
    moment_format(INT64_C(1700000000) * SECOND, 0, text, sizeof text);
    assert_string_equal(text, "2023-11-14 22:13:20 +0000");
    moment_format_short(123456789, INT64_C(1700000000) * SECOND, text, sizeof text);
    assert_string_equal(text, "22:13:20.123 +0000");
}

static void moments_outside_of_all_dates(void **state)
{
    (void)state;
    char text[DURATION_SIZE];
    moment_format_short(-1, 0, text, sizeof text);
    assert_string_equal(text, "23:59:59.999 +0000");
    moment_format(-SECOND, 0, text, sizeof text);
    assert_string_equal(text, "1969-12-31 23:59:59 +0000");
    moment_format(INT64_MAX - 1, INT64_C(1700000000) * SECOND, text, sizeof text);
    assert_string_equal(text, "?");
    moment_format_short(INT64_MAX - 1, INT64_C(1700000000) * SECOND, text, sizeof text);
    assert_string_equal(text, "?");
}

/* Where the clock is put back, one hour is there twice; its zone tells which. */
static void moments_carry_their_zone(void **state)
{
    (void)state;
    char text[DURATION_SIZE];
    const int64_t summer = INT64_C(1792889999) * SECOND; /* 2026-10-25, a second before the end */
    setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
    tzset();
    moment_format(summer, 0, text, sizeof text);
    assert_string_equal(text, "2026-10-25 02:59:59 +0200");
    moment_format(summer + SECOND, 0, text, sizeof text);
    assert_string_equal(text, "2026-10-25 02:00:00 +0100");
    setenv("TZ", "UTC", 1);
    tzset();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(durations_are_short),
        cmocka_unit_test(special_moments_have_signs),
        cmocka_unit_test(what_began_after_the_picture_is_new),
        cmocka_unit_test(passed_deadlines_are_negative),
        cmocka_unit_test(distances_do_not_overflow),
        cmocka_unit_test(counts_have_commas),
        cmocka_unit_test(short_counts_fit_into_five_columns),
        cmocka_unit_test(rates_are_rounded),
        cmocka_unit_test(moments_are_of_the_local_clock),
        cmocka_unit_test(moments_outside_of_all_dates),
        cmocka_unit_test(moments_carry_their_zone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
