/* Durations, numbers and limits, as people write and read them. */
#include "report_test.h"

#include "ctxreport/duration.h"
#include "ctxreport/thresholds.h"

static void durations_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t ns;
    } cases[] = {
        {"0", 0},
        {"7", 7000000000},
        {"250ms", 250000000},
        {"1.5s", 1500000000},
        {"2m", 120000000000},
        {"2 min", 120000000000},
        {"1h", 3600000000000},
        {"3d", 259200000000000},
        {"10us", 10000},
        {"15ns", 15},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t ns = -1;
        assert_true(duration_parse(cases[i].text, &ns));
        assert_int_equal(ns, cases[i].ns);
    }
}

static void a_number_alone_is_of_the_unit_that_is_asked_for(void **state)
{
    (void)state;
    int64_t ns = -1;
    assert_true(duration_parse_bare("250", 1000000, &ns));
    assert_int_equal(ns, 250000000);
    assert_true(duration_parse_bare("2s", 1000000, &ns));
    assert_int_equal(ns, 2000000000);
}

static void what_is_no_duration(void **state)
{
    (void)state;
    static const char *const texts[] = {"",    "s",     "-1s", "1x",         "1s2",
                                        "inf", "1e300", "0x1", "999999999d", " 1s"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        int64_t ns;
        if (duration_parse(texts[i], &ns))
            fail_msg("'%s' is read as %lld", texts[i], (long long)ns);
    }
}

static void durations_are_written(void **state)
{
    (void)state;
    static const struct {
        int64_t ns;
        const char *text;
    } cases[] = {
        {0, "0 ns"},
        {999, "999 ns"},
        {1500, "1 us"},
        {12000000, "12 ms"},
        {3450000000, "3.4 s"},
        {133000000000, "2 min 13 s"},
        {18120000000000, "5 h 2 min"},
        {273600000000000, "3 d 4 h"},
        {-12000000, "-12 ms"},
        {INT64_MIN, "-106751 d 23 h"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[DURATION_SIZE];
        assert_string_equal(duration_text(text, sizeof text, cases[i].ns), cases[i].text);
    }
}

static void numbers_are_grouped(void **state)
{
    (void)state;
    char text[NUMBER_SIZE];
    assert_string_equal(number_text(text, sizeof text, 0), "0");
    assert_string_equal(number_text(text, sizeof text, 999), "999");
    assert_string_equal(number_text(text, sizeof text, 1000), "1,000");
    assert_string_equal(number_text(text, sizeof text, -123456), "-123,456");
    assert_string_equal(number_text(text, sizeof text, INT64_MAX), "9,223,372,036,854,775,807");
}

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
        cmocka_unit_test(durations_are_read),
        cmocka_unit_test(a_number_alone_is_of_the_unit_that_is_asked_for),
        cmocka_unit_test(what_is_no_duration),
        cmocka_unit_test(durations_are_written),
        cmocka_unit_test(numbers_are_grouped),
        cmocka_unit_test(each_limit_can_be_set),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
