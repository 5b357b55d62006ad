/* Limits, as people write them. */
#include "ctxreport/thresholds.h"
#include "report_test.h"

static void each_limit_can_be_set(void **state)
{
    (void)state;
    for (const struct threshold *threshold = threshold_table; threshold->name; threshold++) {
        struct thresholds thresholds = thresholds_default();
        assert_true(threshold_parse(threshold, "17", &thresholds));
        assert_int_equal(threshold_value(threshold, &thresholds),
                         threshold->unit == THRESHOLD_NUMBER ? 17 : INT64_C(17000000000));
        /* And nothing else was. */
        for (const struct threshold *other = threshold_table; other->name; other++) {
            struct thresholds standard = thresholds_default();
            if (other != threshold)
                assert_int_equal(threshold_value(other, &thresholds),
                                 threshold_value(other, &standard));
        }
        assert_false(threshold_parse(threshold, "many", &thresholds));
        assert_false(threshold_parse(threshold, "-1", &thresholds));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_limit_can_be_set),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
