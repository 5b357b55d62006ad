/* Is a recorder's program the one that was noted? Each case with a twin of which it is not so. */
#include "inspect/execution_path.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static bool fits(const char *noted, const char *path)
{
    char copy[256];
    snprintf(copy, sizeof copy, "%s", noted);
    const struct execution execution = {.path = copy};
    return execution_path_fits(&execution, path);
}

static bool fits_spawned(const char *noted, const char *path)
{
    char copy[256];
    snprintf(copy, sizeof copy, "%s", noted);
    const struct execution execution = {.path = copy, .start.is_spawned = true};
    return execution_path_fits(&execution, path);
}

static void test_paths(void **state)
{
    (void)state;
    assert_true(fits("/no/a", "/no/a"));
    assert_false(fits("/no/a", "/no/b"));
    assert_false(fits("/no/a", "/yes/a"));
}

/* As `run` is given its command, or a process whose directory was removed notes it. */
static void test_relative(void **state)
{
    (void)state;
    assert_true(fits("./bin/a", "/no/bin/a"));
    assert_true(fits("a", "/no/bin/a"));
    assert_false(fits("bin/a", "/no/other/a"));
    assert_false(fits("a", "/no/bin/aa"));
    assert_false(fits("aa", "a"));
}

/* In a directory of its own, perhaps, from which the path is meant. */
static void test_spawned(void **state)
{
    (void)state;
    assert_true(fits_spawned("/no/bin/a", "/yes/bin/a"));
    assert_false(fits_spawned("/no/bin/a", "/yes/bin/b"));
}

static void test_without_the_preload(void **state)
{
    (void)state;
    char path[] = "/no/a";
    struct execution execution = {.path = path, .start.environment = ENVIRONMENT_WHOLE};
    assert_true(execution_path_fits(&execution, path));
    for (unsigned i = ENVIRONMENT_NO_PRELOAD; i <= ENVIRONMENT_NO_DIRECTORY; i++) {
        execution.start.environment = i;
        assert_false(execution_path_fits(&execution, path));
    }
}

/* ---- by the file ---- */

static char path[] = "/tmp/execution-path-test-XXXXXX";

static void write_file(const void *content, size_t size)
{
    int file = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
    assert_int_equal(write(file, content, size), size);
    close(file);
}

/* A descriptor was run: what it was open on is known, and not what the kernel calls it. */
static void test_of_a_descriptor(void **state)
{
    (void)state;
    char self[256];
    ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    assert_true(length > 0);
    self[length] = '\0';
    assert_true(fits(self, ""));
    /* The header of a static program: 64 bits, of this machine, and no segments at all. */
    unsigned char elf[64];
    int file = open(self, O_RDONLY | O_CLOEXEC);
    assert_int_equal(read(file, elf, sizeof elf), sizeof elf);
    close(file);
    memset(elf + 32, 0, 16); /* where program headers and section headers are */
    memset(elf + 56, 0, 2);  /* how many program headers, */
    memset(elf + 60, 0, 4);  /* and sections */
    write_file(elf, sizeof elf);
    assert_false(fits(path, ""));
}

/* What execvp() cannot have the kernel run, it has a shell run. */
static void test_for_a_shell(void **state)
{
    (void)state;
    static const char script[] = "#!/bin/true\n", text[] = "true\n";
    write_file(text, sizeof text - 1);
    assert_true(fits(path, "/bin/sh"));
    assert_false(fits(path, "/bin/true"));
    write_file(script, sizeof script - 1);
    assert_false(fits(path, "/bin/sh"));
}

static int start(void **state)
{
    (void)state;
    int file = mkstemp(path);
    return file < 0 || close(file) != 0;
}

static int stop(void **state)
{
    (void)state;
    return unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_paths),           cmocka_unit_test(test_relative),
        cmocka_unit_test(test_spawned),         cmocka_unit_test(test_without_the_preload),
        cmocka_unit_test(test_of_a_descriptor), cmocka_unit_test(test_for_a_shell),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
