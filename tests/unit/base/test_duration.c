/* Durations as people write and read them. */
#include "base/duration.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define SECOND INT64_C(1000000000)
#define MINUTE (60 * SECOND)
#define HOUR   (60 * MINUTE)
#define DAY    (24 * HOUR)

static void durations_are_short(void **state)
{
    static const struct {
        int64_t ns;
        const char *text;
    } table[] = {
        {0, "0s"},
        {1, "1ns"},
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
        {-12000000, "-12ms"},
        {INT64_MIN, "-106751d"},
        {INT64_MAX, "106751d"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        char text[DURATION_SIZE];
        assert_string_equal(duration_text(text, sizeof text, table[i].ns), table[i].text);
    }
}

/* What is written is read as the same, but for what was cut off. */
static void bounds_are_never_exceeded(void **state)
{
    static const struct {
        int64_t ns;
        const char *text;
    } table[] = {
        {0, "0s"},
        {999, "999ns"},
        {1000, "1us"},
        {1001, "2us"},
        {999001, "1ms"},
        {1000001, "2ms"},
        {SECOND - 1, "1.0s"},
        {SECOND + 1, "1.1s"},
        {10 * SECOND - 1, "10s"},
        {59 * SECOND + 1, "1m00s"},
        {5 * MINUTE + 12 * SECOND, "5m12s"},
        {HOUR + 1, "1h01m"},
        {DAY + 1, "1d01h"},
        {412 * DAY + 1, "413d"},
        {INT64_MAX, "106751d"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        char text[DURATION_SIZE];
        assert_string_equal(duration_text_at_most(text, sizeof text, table[i].ns), table[i].text);
    }
}

static void what_is_written_in_one_unit_is_read(void **state)
{
    (void)state;
    const int64_t lengths[] = {0,        1, 999, 12000, 345000000, 42 * SECOND, SECOND / 10 * 42,
                               412 * DAY};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        char text[DURATION_SIZE];
        int64_t ns;
        assert_true(duration_parse(duration_text(text, sizeof text, lengths[i]), &ns));
        assert_int_equal(ns, lengths[i]);
    }
}

/* Seven characters below 1000 days, so that columns can be made for them. */
static void fits_into_a_column(void **state)
{
    (void)state;
    for (int64_t ns = 1; ns < 1000 * DAY; ns += ns / 7 + 1) {
        char text[DURATION_SIZE];
        assert_true(strlen(duration_text(text, sizeof text, ns)) <= 7);
    }
}

static void is_cut_to_its_room(void **state)
{
    (void)state;
    char text[4];
    assert_string_equal(duration_text(text, sizeof text, 3 * HOUR), "3h0");
}

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(durations_are_short),
        cmocka_unit_test(bounds_are_never_exceeded),
        cmocka_unit_test(what_is_written_in_one_unit_is_read),
        cmocka_unit_test(fits_into_a_column),
        cmocka_unit_test(is_cut_to_its_room),
        cmocka_unit_test(durations_are_read),
        cmocka_unit_test(a_number_alone_is_of_the_unit_that_is_asked_for),
        cmocka_unit_test(what_is_no_duration),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
