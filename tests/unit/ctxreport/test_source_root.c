/* Paths below the root of a repository. */
#include "ctxreport/source_root.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void paths_lose_the_root(void **state)
{
    (void)state;
    static const struct {
        const char *path, *root, *expected;
    } cases[] = {
        {"/src/app/main.c", "/src/app", "main.c"},
        {"/src/app/a/b.c", "/src/app/", "a/b.c"},
        {"/src/app//b.c", "/src/app", "b.c"},
        {"/src/application/b.c", "/src/app", "/src/application/b.c"},
        {"/src/app", "/src/app", "/src/app"},
        {"/b.c", "/", "b.c"},
        {"../src/b.c", "/src/app", "src/b.c"},
        {"./../../b.c", "/src/app", "b.c"},
        {"..b/c.c", "/src/app", "..b/c.c"},
        {"b.c", "/src/app", "b.c"},
        {"../b.c", NULL, "../b.c"},
        {"/src/b.c", NULL, "/src/b.c"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(path_in_sources(cases[i].path, cases[i].root), cases[i].expected);
    assert_null(path_in_sources(NULL, "/src"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(paths_lose_the_root)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
