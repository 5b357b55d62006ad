#include "base/error.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void has_the_sentence(void **state)
{
    (void)state;
    struct error error;
    assert_false(error_set(&error, "cannot open %s: %s", "a", "no such file"));
    assert_string_equal(error.sentence, "cannot open a: no such file");
}

static void cuts_what_is_too_long(void **state)
{
    (void)state;
    struct error error;
    char path[2 * sizeof error.sentence];
    memset(path, 'x', sizeof path - 1);
    path[sizeof path - 1] = '\0';
    assert_false(error_set(&error, "%s", path));
    assert_int_equal(strlen(error.sentence), sizeof error.sentence - 1);
}

static void has_one_wording_for_no_memory(void **state)
{
    (void)state;
    struct error error;
    assert_false(error_no_memory(&error));
    assert_string_equal(error.sentence, "out of memory");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(has_the_sentence),
        cmocka_unit_test(cuts_what_is_too_long),
        cmocka_unit_test(has_one_wording_for_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
