/* Names of Go functions: types and escapes that symbols have, and people do not. */
#include "golang/binary/function_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void names_as_people_know_them(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"main.main", "main.main"},
        {"gopkg.in/yaml%2ev3.(*parser).parse", "gopkg.in/yaml.v3.(*parser).parse"},
        {"example.org/a%2eb/c%2ed%2ee.f.func1", "example.org/a.b/c.d.e.f.func1"},
        {"example.org/50%25.f", "example.org/50%.f"},
        {"example.org/gr%c3%bcn.f", "example.org/gr\303\274n.f"},
        {"main.Map[go.shape.int,go.shape.string]", "main.Map[...]"},
        {"example.org/x%2ey.(*List[go.shape.[]uint8]).Add.func2",
         "example.org/x.y.(*List[...]).Add.func2"},
        /* What is no escape stays. */
        {"main.f%", "main.f%"},
        {"main.f%2", "main.f%2"},
        {"main.f%zz", "main.f%zz"},
        {"main.f%00", "main.f%00"},
        {"main.]f[", "main.]f["},
        {"", ""},
    };
    char text[GO_FUNCTION_SIZE];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(go_function_text(cases[i][0], text, sizeof text), cases[i][1]);
}

static void long_names_stay(void **state)
{
    (void)state;
    char text[16];
    static const char name[] = "main.aVeryLongName[go.shape.int]";
    assert_ptr_equal(go_function_text(name, text, sizeof text), name);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_as_people_know_them),
        cmocka_unit_test(long_names_stay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
