#include "base/base_name.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void is_what_follows_the_last_slash(void **state)
{
    (void)state;
    assert_string_equal(base_name("/usr/lib/libc.so.6"), "libc.so.6");
    assert_string_equal(base_name("db.c"), "db.c");
    assert_string_equal(base_name("./db.c"), "db.c");
    assert_string_equal(base_name("/"), "");
    assert_string_equal(base_name("etc/"), "");
    assert_string_equal(base_name(""), "");
}

static void points_into_the_path(void **state)
{
    (void)state;
    const char *path = "a/b";
    assert_ptr_equal(base_name(path), path + 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_what_follows_the_last_slash),
        cmocka_unit_test(points_into_the_path),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
