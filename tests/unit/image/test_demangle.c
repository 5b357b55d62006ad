/* Names of C++ and Rust, and what is none; names that are made to be a burden. */
#include "image/demangle.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct {
    const char *linkage, *name;
    enum language_of_name language;
} names[] = {
    {"_ZN4bank8transferERNS_7AccountES1_", "bank::transfer", NAME_OF_CXX},
    {"_ZZ4mainENKUlvE0_clEv", "main::{lambda()#2}::operator()", NAME_OF_CXX},
    {"_ZSt13__invoke_implIvPFvvEJEET_St14__invoke_otherOT0_DpOT1_",
     "std::__invoke_impl<void, void (*)()>", NAME_OF_CXX},
    {"_ZN3std3sys9backtrace28__rust_begin_short_backtrace17h3f5821e3c14c6ce1E",
     "std::sys::backtrace::__rust_begin_short_backtrace", NAME_OF_RUST},
    {"_ZN4core3ops8function6FnOnce40call_once$u7b$$u7b$vtable.shim$u7d$$u7d$17h2bfb280c4cf61ed6E",
     "core::ops::function::FnOnce::call_once{{vtable.shim}}", NAME_OF_RUST},
    {"_RINvNtNtCsjrHSEGnQ3l9_3std3sys9backtrace28___rust_begin_short_backtraceNCNvCs6GmmlP4bgsG_"
     "1r4mains_0lEB1b_",
     "std::sys::backtrace::__rust_begin_short_backtrace::<r::main::{closure#1}, i32>",
     NAME_OF_RUST},
    {"main", NULL, NAME_PLAIN},
    {"", NULL, NAME_PLAIN},
    {"_Z", NULL, NAME_PLAIN},
    {"_R", NULL, NAME_PLAIN},
    {"_Read", NULL, NAME_PLAIN},
    {"_ZN4bank8transfer", NULL, NAME_PLAIN},
    {"_GLOBAL__sub_I_main", NULL, NAME_PLAIN},
};

static void names_are_as_their_authors_wrote_them(void **state)
{
    (void)state;
    char text[LONGEST_DEMANGLED_NAME];
    struct demangled_names *kept = NULL;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        assert_int_equal(demangle(names[i].linkage, text), names[i].language);
        for (int again = 0; again < 2; again++) {
            struct demangled_name name = demangled_names_find(&kept, names[i].linkage);
            assert_int_equal(name.language, names[i].language);
            if (!names[i].name) {
                assert_null(name.text);
                continue;
            }
            assert_string_equal(text, names[i].name);
            assert_string_equal(name.text, names[i].name);
        }
    }
    demangled_names_free(&kept);
    assert_null(kept);
}

static void assert_cut(const char *linkage, enum language_of_name language)
{
    char text[LONGEST_DEMANGLED_NAME];
    assert_int_equal(demangle(linkage, text), language);
    assert_int_equal(strlen(text), LONGEST_DEMANGLED_NAME - 1);
    assert_string_equal(text + strlen(text) - 3, "...");
}

/* Each part is twice the one before: written out, some 2^30 letters. */
static void a_name_without_end_is_cut(void **state)
{
    (void)state;
    char cxx[LONGEST_MANGLED_NAME] = "_Z1fI1A1BIS0_S0_E",
         rust[LONGEST_MANGLED_NAME] = "_RINvC1a1fu";
    static const char digits[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    size_t before = strlen(rust) - 3;
    for (int i = 0; i < 30; i++) {
        /*
         * A substitution is a number in base 36, B is 1 and B<A, A> 2; a back reference is a place.
         */
        char of_cxx = "23456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[i];
        sprintf(cxx + strlen(cxx), "S1_IS%c_S%c_E", of_cxx, of_cxx);
        size_t place = strlen(rust) - strlen("_R"), number = before - 1;
        char of_rust[8];
        if (number < 62)
            sprintf(of_rust, "B%c_", digits[number]);
        else
            sprintf(of_rust, "B%c%c_", digits[number / 62 - 1], digits[number % 62]);
        sprintf(rust + strlen(rust), "T%s%sE", of_rust, of_rust);
        before = place;
    }
    strcat(cxx, "Evv");
    strcat(rust, "E");
    assert_cut(cxx, NAME_OF_CXX);
    assert_cut(rust, NAME_OF_RUST);
}

static void what_is_too_long_or_too_deep_is_left_alone(void **state)
{
    (void)state;
    static char linkage[200000], text[LONGEST_DEMANGLED_NAME];
    strcpy(linkage, "_Z1f");
    memset(linkage + 4, 'P', sizeof linkage - 6);
    linkage[sizeof linkage - 2] = 'i';
    assert_int_equal(demangle(linkage, text), NAME_PLAIN);
    /* Pointers to pointers, as many as are looked at: whatever becomes of it, it ends. */
    linkage[LONGEST_MANGLED_NAME - 1] = 'i';
    linkage[LONGEST_MANGLED_NAME] = '\0';
    demangle(linkage, text);
    memcpy(linkage, "_RMC1a", 6);
    memset(linkage + 6, 'R', LONGEST_MANGLED_NAME - 7);
    demangle(linkage, text);
}

/* Names of the table with some bytes changed, always the same. */
static void damaged_names_do_no_harm(void **state)
{
    (void)state;
    static const char letters[] = "_0123456789ABCDEFIJKLMNPQRSTUVXYZabcdefhiklmnprstuvwxyz$.";
    char text[LONGEST_DEMANGLED_NAME], damaged[512];
    uint32_t random = 1;
    for (size_t turn = 0; turn < 30000; turn++) {
        snprintf(damaged, sizeof damaged, "%s", names[turn % 6].linkage);
        size_t length = strlen(damaged);
        for (int change = 0; change < 4; change++) {
            random = random * 1664525 + 1013904223;
            damaged[2 + (random >> 8) % (length - 2)] =
                letters[(random >> 20) % (sizeof letters - 1)];
        }
        if (demangle(damaged, text) != NAME_PLAIN)
            assert_true(strlen(text) < LONGEST_DEMANGLED_NAME);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_as_their_authors_wrote_them),
        cmocka_unit_test(a_name_without_end_is_cut),
        cmocka_unit_test(what_is_too_long_or_too_deep_is_left_alone),
        cmocka_unit_test(damaged_names_do_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
