/* Paths as URIs: nothing in a path can end, redirect or break the reference. */
#include "ctxreport/uri.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static void paths_become_uris(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"/src/main.c", "file:///src/main.c"},
        {"src/main-1.2_3~.c", "src/main-1.2_3~.c"},
        {"/a b/c%20#?<&>.c", "file:///a%20b/c%2520%23%3F%3C%26%3E.c"},
        {"c:/x.c", "c%3A/x.c"},
        {"/gr\303\274n/\342\202\254.c", "file:///gr%C3%BCn/%E2%82%AC.c"},
        /* What a report has as visible escapes is the byte again. */
        {"/a\\xffb\\n.c", "file:///a%FFb%0A.c"},
        {"/a\\x1b\\t\\r.c", "file:///a%1B%09%0D.c"},
        {"/a\\u202e.c", "file:///a%E2%80%AE.c"},
        /* Backslashes that begin no escape are themselves. */
        {"/a\\b\\x41\\xg\\u0041\\", "file:///a%5Cb%5Cx41%5Cxg%5Cu0041%5C"},
        {"", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *uri = uri_of_path(cases[i][0]);
        assert_non_null(uri);
        assert_string_equal(uri, cases[i][1]);
        free(uri);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_become_uris),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
