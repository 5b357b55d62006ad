/* What LD_PRELOAD can have for libraries at awkward places. */
#include "inspect/preload_path.h"

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char place[] = "/tmp/preload_path.XXXXXX";
static char name[PATH_MAX];
static struct error error;

/* The directory of segments, and whatever links are in it, are the test's own. */
static int begin(void **state)
{
    (void)state;
    memcpy(strrchr(place, '.'), ".XXXXXX", 7);
    return mkdtemp(place) && setenv("CTXTRACE_DIR", place, 1) == 0 ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    char command[256];
    snprintf(command, sizeof command, "rm -rf '%s'", place);
    return system(command);
}

static bool named(const char *path)
{
    return preload_path_name(path, name, sizeof name, &error);
}

static void an_ordinary_path_is_its_own_name(void **state)
{
    (void)state;
    assert_true(named("/usr/lib/libctxtrace-preload.so"));
    assert_string_equal(name, "/usr/lib/libctxtrace-preload.so");
}

/* The dynamic linker splits at these, or expands them. */
static void others_go_by_a_link_to_their_directory(void **state)
{
    (void)state;
    static const char *const directories[] = {"/opt/my tools/lib", "/opt/a:b", "/opt/$ORIGIN"};
    for (size_t i = 0; i < sizeof directories / sizeof *directories; i++) {
        char path[PATH_MAX], link[PATH_MAX], target[PATH_MAX] = "";
        snprintf(path, sizeof path, "%s/libctxtrace-preload.so", directories[i]);
        assert_true(named(path));
        assert_null(strpbrk(name, " :$"));
        assert_int_equal(strncmp(name, place, strlen(place)), 0);
        snprintf(link, sizeof link, "%s", name);
        assert_string_equal(strrchr(link, '/'), "/libctxtrace-preload.so");
        *strrchr(link, '/') = '\0';
        assert_true(readlink(link, target, sizeof target - 1) > 0);
        assert_string_equal(target, directories[i]);
    }
}

static void the_same_directory_has_one_link(void **state)
{
    (void)state;
    char first[PATH_MAX];
    assert_true(named("/opt/my tools/one.so"));
    snprintf(first, sizeof first, "%s", name);
    assert_true(named("/opt/my tools/one.so"));
    assert_string_equal(name, first);
    assert_true(named("/opt/other tools/one.so"));
    assert_string_not_equal(name, first);
}

/* What has the link's name and leads elsewhere is replaced. */
static void a_link_that_leads_elsewhere_is_made_again(void **state)
{
    (void)state;
    char link[PATH_MAX], target[PATH_MAX] = "";
    assert_true(named("/opt/my tools/one.so"));
    snprintf(link, sizeof link, "%s", name);
    *strrchr(link, '/') = '\0';
    assert_int_equal(unlink(link), 0);
    assert_int_equal(symlink("/elsewhere", link), 0);
    assert_true(named("/opt/my tools/one.so"));
    assert_true(readlink(link, target, sizeof target - 1) > 0);
    assert_string_equal(target, "/opt/my tools");
}

static void without_a_place_for_a_link_it_says_what_to_do(void **state)
{
    (void)state;
    char blank[PATH_MAX];
    snprintf(blank, sizeof blank, "%s/a blank", place);
    assert_int_equal(setenv("CTXTRACE_DIR", blank, 1), 0);
    assert_false(named("/opt/my tools/one.so"));
    assert_non_null(strstr(error.sentence, "set CTXTRACE_DIR to another directory"));
    assert_true(named("/usr/lib/one.so"));
}

static void what_does_not_fit_is_refused(void **state)
{
    (void)state;
    char small[8];
    assert_false(preload_path_name("/usr/lib/one.so", small, sizeof small, &error));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_ordinary_path_is_its_own_name),
        TEST(others_go_by_a_link_to_their_directory),
        TEST(the_same_directory_has_one_link),
        TEST(a_link_that_leads_elsewhere_is_made_again),
        TEST(without_a_place_for_a_link_it_says_what_to_do),
        TEST(what_does_not_fit_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
