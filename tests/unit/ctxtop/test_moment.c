/* Moments of a program's clock as text. */
#include "base/duration.h"
#include "ctxtop/moment.h"
#include "scene.h"

#include <time.h>

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
    assert_string_equal(text, "0s");
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
        cmocka_unit_test(special_moments_have_signs),
        cmocka_unit_test(what_began_after_the_picture_is_new),
        cmocka_unit_test(passed_deadlines_are_negative),
        cmocka_unit_test(distances_do_not_overflow),
        cmocka_unit_test(moments_are_of_the_local_clock),
        cmocka_unit_test(moments_outside_of_all_dates),
        cmocka_unit_test(moments_carry_their_zone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
