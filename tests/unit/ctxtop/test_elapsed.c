/* How long ago, or how far ahead, as text. */
#include "base/duration.h"
#include "ctxtop/elapsed.h"
#include "scene.h"

static void special_moments_have_signs(void **state)
{
    char text[DURATION_SIZE];
    (void)state;
    duration_since(SNAPSHOT_NEVER, TAKEN_NS, text, sizeof text);
    assert_string_equal(text, "-");
    duration_until(SNAPSHOT_TIME_UNKNOWN, TAKEN_NS, text, sizeof text);
    assert_string_equal(text, "?");
}

static void what_began_after_the_snapshot_is_new(void **state)
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(special_moments_have_signs),
        cmocka_unit_test(what_began_after_the_snapshot_is_new),
        cmocka_unit_test(passed_deadlines_are_negative),
        cmocka_unit_test(distances_do_not_overflow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
