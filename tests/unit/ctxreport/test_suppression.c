/* Which findings a suppression fits. */
#include "ctxreport/suppression.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Two stacks: refresh below serve in a library; the other with a Go method. */
static const struct suppressible_frame frames[] = {
    {.function = "refresh", .file = "/src/cache/cache.c", .module = "/usr/lib/libcache.so.2"},
    {.function = "mail::Sender::run", .linkage = "_ZN4mail6Sender3runEv", .file = "sender.cc"},
    {.function = "serve", .file = "/src/server.c", .module = "/usr/bin/app"},
    {.function = "example.com/shop/orders.(*T).wait", .file = "/go/orders/wait.go"},
    {.module = "/usr/lib/libnames.so"},
};
static const size_t ends[] = {3, 5};
static const struct suppressible finding = {
    .rule = "lost-cancel",
    .sentence = "2 contexts created in refresh (cache.c:7) can no longer be cancelled.",
    .is_go = true,
    .frames = frames,
    .frame_count = 5,
    .stack_ends = ends,
    .stack_count = 2,
};

static bool fits(enum narrowing narrowing, const char *glob)
{
    struct suppression suppression = {0};
    char text[128];
    strcpy(text, glob);
    suppression.globs[narrowing] = text;
    return suppression_matches(&suppression, &finding);
}

static bool fits_functions(const char *first, const char *second)
{
    char one[64], other[64];
    struct suppression suppression = {.functions = {one, other}, .function_count = second ? 2 : 1};
    strcpy(one, first);
    strcpy(other, second ? second : "");
    return suppression_matches(&suppression, &finding);
}

static void each_key_narrows(void **state)
{
    (void)state;
    assert_true(fits(NARROW_RULE, "lost-cancel"));
    assert_true(fits(NARROW_RULE, "lost-*"));
    assert_false(fits(NARROW_RULE, "lost"));
    assert_true(fits(NARROW_MODULE, "libcache.so*"));
    assert_true(fits(NARROW_MODULE, "/usr/lib/*names*"));
    assert_false(fits(NARROW_MODULE, "libcache"));
    assert_true(fits(NARROW_SOURCE, "cache.c"));
    assert_true(fits(NARROW_SOURCE, "/src/*"));
    assert_false(fits(NARROW_SOURCE, "ache.c"));
    assert_true(fits(NARROW_TEXT, "* contexts created in refresh*"));
    assert_false(fits(NARROW_TEXT, "contexts created in refresh"));
    assert_true(fits(NARROW_ANYTHING, "serve"));
    assert_true(fits(NARROW_ANYTHING, "sender.cc"));
    assert_true(fits(NARROW_ANYTHING, "app"));
    assert_false(fits(NARROW_ANYTHING, "nothing"));
}

static void functions_come_in_order_on_one_stack(void **state)
{
    (void)state;
    assert_true(fits_functions("serve", NULL));
    assert_true(fits_functions("refresh", "serve"));
    assert_false(fits_functions("serve", "refresh"));
    assert_false(fits_functions("refresh", "refresh"));
    assert_false(fits_functions("refresh", "*wait"));
    assert_true(fits_functions("_ZN4mail*", "serve"));
    assert_true(fits_functions("mail::*", NULL));
    /* A method of Go has a star in its name; as a glob it would also be another type's. */
    assert_true(fits_functions("*orders.(\\*T).wait", NULL));
    assert_false(fits_functions("*orders.(\\*T).wai", NULL));
}

static void a_package_is_one_of_go(void **state)
{
    (void)state;
    static const char *const names[][2] = {
        {"net/http.(*conn).serve", "net/http"},
        {"main.main", "main"},
        {"example.com/a.b/c.Map[...]", "example.com/a.b/c"},
        {"main.generic[go.shape.struct { x/y.z }]", "main"},
        {"gopkg.in/yaml%2ev3.f", "gopkg.in/yaml%2ev3"},
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char *package = package_of_function(names[i][0]);
        assert_string_equal(package, names[i][1]);
        free(package);
    }
    assert_null(package_of_function("clone"));
    assert_true(fits(NARROW_PACKAGE, "example.com/shop/*"));
    assert_false(fits(NARROW_PACKAGE, "orders"));
    struct suppressible native = finding;
    native.is_go = false;
    char any[] = "*";
    struct suppression suppression = {.globs[NARROW_PACKAGE] = any};
    assert_false(suppression_matches(&suppression, &native));
}

static void all_lines_have_to_hold(void **state)
{
    (void)state;
    char rule[] = "lost-cancel", function[] = "serve", source[] = "nowhere.c";
    struct suppression suppression = {
        .globs[NARROW_RULE] = rule, .functions = {function}, .function_count = 1};
    assert_true(suppression_matches(&suppression, &finding));
    suppression.globs[NARROW_SOURCE] = source;
    assert_false(suppression_matches(&suppression, &finding));
}

/* 2027-06-30 is the day from 1814313600 on. */
static void the_last_day_is_a_whole_one(void **state)
{
    (void)state;
    const int64_t begin = 1814313600, day = 86400;
    struct suppression suppression = {.until = "2027-06-30"};
    assert_false(suppression_has_expired(&suppression, begin * 1000000000));
    assert_false(suppression_has_expired(&suppression, (begin + day - 1) * 1000000000));
    assert_true(suppression_has_expired(&suppression, (begin + day) * 1000000000));
    suppression.until[0] = '\0';
    assert_false(suppression_has_expired(&suppression, INT64_MAX));
}

static void words_are_those_of_the_file(void **state)
{
    (void)state;
    char rule[] = "lost-cancel", function[] = "serve", outer[] = "main", glob[] = "cache.c";
    struct suppression suppression = {
        .globs[NARROW_RULE] = rule, .functions = {function, outer}, .function_count = 2};
    char *words = suppression_in_words(&suppression);
    assert_string_equal(words, "rule:lost-cancel fun:serve fun:main");
    free(words);
    suppression = (struct suppression){.globs = {[NARROW_RULE] = rule, [NARROW_ANYTHING] = glob}};
    words = suppression_in_words(&suppression);
    assert_string_equal(words, "lost-cancel:cache.c");
    free(words);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_key_narrows),
        cmocka_unit_test(functions_come_in_order_on_one_stack),
        cmocka_unit_test(a_package_is_one_of_go),
        cmocka_unit_test(all_lines_have_to_hold),
        cmocka_unit_test(the_last_day_is_a_whole_one),
        cmocka_unit_test(words_are_those_of_the_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
