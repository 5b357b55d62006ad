/* What C, C++ and Rust compilers put into the names of functions. */
#include "snapshot/language.h"

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void assert_lasting(const char *name, const char *lasting)
{
    const struct name_parts parts = native_language.parts(name);
    assert_int_equal(parts.lasting, strlen(lasting));
    assert_memory_equal(name, lasting, parts.lasting);
}

static void what_compilers_append_goes(void **state)
{
    (void)state;
    assert_lasting("fetch", "fetch");
    assert_lasting("fetch.constprop.0", "fetch");
    assert_lasting("fetch.isra.0", "fetch");
    assert_lasting("fetch.part.12.cold", "fetch");
    assert_lasting("fetch.lto_priv.0.localalias", "fetch");
    assert_lasting("fetch.llvm.1234567", "fetch");
    assert_lasting("fetch.1", "fetch");
}

static void what_an_author_wrote_stays(void **state)
{
    (void)state;
    assert_lasting("fetch.parts", "fetch.parts");
    assert_lasting("fetch.1a", "fetch.1a");
    assert_lasting("fetch.", "fetch.");
    assert_lasting(".cold", ".cold"); /* there would be nothing left */
    assert_lasting("", "");
}

/* ...17h, sixteen digits, E: it goes by the compiler. */
static void the_hash_of_a_rust_name_goes(void **state)
{
    (void)state;
    assert_lasting("_ZN4bank8transfer17h0123456789abcdefE", "_ZN4bank8transfer");
    assert_lasting("_ZN4bank8transfer17h0123456789abcdefE.llvm.99", "_ZN4bank8transfer");
    assert_lasting("_ZN4bank8transfer17h0123456789abcdeXE",
                   "_ZN4bank8transfer17h0123456789abcdeXE");
    assert_lasting("_ZN4bank8transfer17h0123456789ABCDEFE",
                   "_ZN4bank8transfer17h0123456789ABCDEFE");
    assert_lasting("_ZN4bank8transfer17h0123456789abcdefX",
                   "_ZN4bank8transfer17h0123456789abcdefX");
    assert_lasting("bank8transfer17h0123456789abcdefE", "bank8transfer17h0123456789abcdefE");
    assert_lasting("17h0123456789abcdefE", "17h0123456789abcdefE");
}

/* The digits of `marks` stand below those of the name that count lambdas. */
static void assert_numbers(const char *name, const char *marks)
{
    const struct name_parts parts = native_language.parts(name);
    for (size_t i = 0; i < parts.length; i++) {
        bool found = i >= parts.numbered && isdigit((unsigned char)name[i]) &&
                     native_language.is_closure_number(name, parts.length, i);
        if (found != (marks[i] == '^'))
            fail_msg("%s at %zu", name, i);
    }
}

static void numbers_of_lambdas_are_found(void **state)
{
    (void)state;
    assert_numbers("_ZZ4mainENKUlvE_clEv", "                    ");
    assert_numbers("_ZZ4mainENKUlvE0_clEv", "               ^     ");
    assert_numbers("_ZZ4mainENKUlvE12_clEv", "               ^^     ");
    assert_numbers("_ZN3FooUt3_3runEv", "         ^       ");
    assert_numbers("_ZN4mail6Sender3runEv", "                     ");
    assert_numbers("_ZN3FooIUlvEE3runEv", "                   ");
    assert_numbers("_ZN3FooUlvE_4bat3_Ev", "                    ");
}

static void a_c_function_has_none(void **state)
{
    (void)state;
    assert_numbers("fooUlE0_", "        ");
    assert_numbers("sha256", "      ");
}

static void the_start_of_a_thread_is_below_every_stack(void **state)
{
    (void)state;
    const struct frame_names start = {.function = "__libc_start_main", .module = "/lib/libc.so.6"};
    const struct frame_names nameless = {.function = "", .module = "/lib/libc.so.6"};
    const struct frame_names own = {.function = "serve", .module = "/lib/libc.so.6"};
    const struct frame_names stripped = {.function = "", .module = "/usr/bin/orders"};
    assert_true(native_language.is_start(&start));
    assert_true(native_language.is_start(&nameless));
    assert_false(native_language.is_start(&own));
    assert_false(native_language.is_start(&stripped));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_compilers_append_goes),
        cmocka_unit_test(what_an_author_wrote_stays),
        cmocka_unit_test(the_hash_of_a_rust_name_goes),
        cmocka_unit_test(numbers_of_lambdas_are_found),
        cmocka_unit_test(a_c_function_has_none),
        cmocka_unit_test(the_start_of_a_thread_is_below_every_stack),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
