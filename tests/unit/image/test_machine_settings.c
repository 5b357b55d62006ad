/* What the machine's owner and the environment forbid. */
#include "image/machine_settings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char path[] = "/tmp/ctxtrace-test-settings-XXXXXX";

static struct machine_settings settings_of(const char *text)
{
    struct machine_settings settings;
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    machine_settings_read(path, &settings);
    return settings;
}

static int begin(void **state)
{
    (void)state;
    unsetenv("CTXTRACE_READ_ONLY");
    unsetenv("CTXTRACE_SYSLOG");
    int descriptor = mkstemp(path);
    return descriptor < 0 || close(descriptor) != 0;
}

static int end(void **state)
{
    (void)state;
    return unlink(path);
}

static void nothing_said_forbids_nothing(void **state)
{
    (void)state;
    struct machine_settings settings;
    machine_settings_read("/nonexistent/ctxtrace.conf", &settings);
    assert_false(settings.read_only || settings.syslog);
    settings = settings_of("\n# read-only = yes\n  read-only = no\n\tsyslog=no");
    assert_false(settings.read_only || settings.syslog);
}

static void a_line_of_the_file(void **state)
{
    (void)state;
    struct machine_settings settings = settings_of("# ours\n read-only =yes \nsyslog = yes\n");
    assert_true(settings.read_only && settings.syslog);
    assert_non_null(strstr(settings.read_only_because, " says read-only = yes"));
}

static void what_is_not_understood_forbids(void **state)
{
    (void)state;
    static const char *const texts[] = {"read only = yes\n", "read-only\n", "read-only = true\n",
                                        "readonly = no\n", "syslog = no\nread-only = \n"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct machine_settings settings = settings_of(texts[i]);
        assert_true(settings.read_only);
        assert_non_null(strstr(settings.read_only_because, "is neither read-only nor syslog"));
    }
    struct machine_settings settings;
    machine_settings_read("/dev/null/ctxtrace.conf", &settings);
    assert_true(settings.read_only);
}

static void the_environment_adds_and_takes_nothing_back(void **state)
{
    (void)state;
    setenv("CTXTRACE_READ_ONLY", "0", 1);
    assert_true(settings_of("read-only = yes\n").read_only);
    assert_false(settings_of("").read_only);
    setenv("CTXTRACE_READ_ONLY", "1", 1);
    setenv("CTXTRACE_SYSLOG", "1", 1);
    struct machine_settings settings = settings_of("read-only = no\n");
    assert_true(settings.read_only && settings.syslog);
    assert_string_equal(settings.read_only_because, "CTXTRACE_READ_ONLY is set");
    unsetenv("CTXTRACE_READ_ONLY");
    unsetenv("CTXTRACE_SYSLOG");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_said_forbids_nothing),
        cmocka_unit_test(a_line_of_the_file),
        cmocka_unit_test(what_is_not_understood_forbids),
        cmocka_unit_test(the_environment_adds_and_takes_nothing_back),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
