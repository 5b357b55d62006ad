/* Moments as text. */
#include "base/clock.h"
#include "base/moment.h"
#include "base/times.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

static const int64_t summer = 1792889999 * NS_PER_SECOND; /* 2026-10-25, a second before the end */

static void use_zone(const char *zone)
{
    setenv("TZ", zone, 1);
    tzset();
}

static void assert_moment(int64_t ns, const char *expected)
{
    char text[MOMENT_SIZE];
    assert_string_equal(moment_text(text, sizeof text, ns), expected);
}

static void assert_short(int64_t ns, const char *expected)
{
    char text[MOMENT_SIZE];
    assert_string_equal(moment_text_short(text, sizeof text, ns), expected);
}

static void are_of_the_local_clock(void **state)
{
    (void)state;
    use_zone("UTC");
    assert_moment(1700000000 * NS_PER_SECOND, "2023-11-14 22:13:20 +0000");
    assert_short(1700000000 * NS_PER_SECOND + 123456789, "22:13:20.123 +0000");
}

static void round_down_before_1970(void **state)
{
    (void)state;
    use_zone("UTC");
    assert_short(-1, "23:59:59.999 +0000");
    assert_moment(-NS_PER_SECOND, "1969-12-31 23:59:59 +0000");
}

static void lie_outside_of_all_dates(void **state)
{
    (void)state;
    assert_moment(time_plus(INT64_MAX - 1, NS_PER_SECOND), "?");
    assert_short(time_plus(INT64_MAX - 1, NS_PER_SECOND), "?");
    assert_moment(INT64_MIN, "?");
}

static void carry_their_zone(void **state)
{
    (void)state;
    use_zone("CET-1CEST,M3.5.0,M10.5.0/3");
    assert_moment(summer, "2026-10-25 02:59:59 +0200");
    assert_moment(summer + NS_PER_SECOND, "2026-10-25 02:00:00 +0100");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(are_of_the_local_clock),
        cmocka_unit_test(round_down_before_1970),
        cmocka_unit_test(lie_outside_of_all_dates),
        cmocka_unit_test(carry_their_zone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
