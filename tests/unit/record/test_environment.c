/* What the environment variables of libctxtrace can be. */
#include "record/environment.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void set(const char *name, const char *value)
{
    assert_int_equal(value ? setenv(name, value, 1) : unsetenv(name), 0);
}

static void a_flag_is_on_unless_it_says_no(void **state)
{
    (void)state;
    static const struct {
        const char *value;
        bool on;
    } cases[] = {{NULL, false}, {"", false},   {"0", false}, {"no", false}, {"off", false},
                 {"1", true},   {"yes", true}, {"on", true}, {"00", true},  {"nope", true}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        set("CTXTRACE_KEEP", cases[i].value);
        assert_int_equal(environment_flag("CTXTRACE_KEEP"), cases[i].on);
    }
}

static void a_text_is_as_it_was_written(void **state)
{
    (void)state;
    set("CTXTRACE_DIR", "/tmp/a b");
    assert_string_equal(environment_text("CTXTRACE_DIR"), "/tmp/a b");
    set("CTXTRACE_DIR", NULL);
    assert_null(environment_text("CTXTRACE_DIR"));
}

static void a_number_stays_within_its_limits(void **state)
{
    (void)state;
    static const struct {
        const char *value;
        uint64_t number;
    } cases[] = {{"20", 20},
                 {"1", 1},
                 {"64", 64},
                 {"0", 1},
                 {"65", 64},
                 {"010", 10},
                 {"18446744073709551615", 64},
                 {"99999999999999999999999", 64}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        set("CTXTRACE_FRAMES", cases[i].value);
        assert_int_equal(environment_number("CTXTRACE_FRAMES"), cases[i].number);
    }
    set("CTXTRACE_EVENTS", "5");
    assert_int_equal(environment_number("CTXTRACE_EVENTS"), 16);
}

static void what_is_no_number_is_the_standard(void **state)
{
    (void)state;
    static const char *const values[] = {NULL, "", "many", "20x", "-1", "+5", " 5", "1e3", "0x10"};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        set("CTXTRACE_FRAMES", values[i]);
        assert_int_equal(environment_number("CTXTRACE_FRAMES"), 16);
    }
}

static void every_standard_is_within_its_limits(void **state)
{
    (void)state;
    for (const struct environment_variable *it = environment_table; it->name; it++) {
        assert_int_equal(strncmp(it->name, "CTXTRACE", 8), 0);
        assert_true(it->least <= it->standard && it->standard <= it->most);
        set(it->name, NULL);
        assert_int_equal(environment_number(it->name), it->standard);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_flag_is_on_unless_it_says_no),
        cmocka_unit_test(a_text_is_as_it_was_written),
        cmocka_unit_test(a_number_stays_within_its_limits),
        cmocka_unit_test(what_is_no_number_is_the_standard),
        cmocka_unit_test(every_standard_is_within_its_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
