/* What a user may name, and the sentences for what cannot be looked at. */
#include "base/error.h"
#include "inspect/target.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static void assert_refused(const char *text, const char *part)
{
    struct target target;
    struct error error = {{0}};
    assert_false(target_look(&target, text, &error));
    if (!strstr(error.sentence, part))
        fail_msg("\"%s\" does not say \"%s\"", error.sentence, part);
}

static void a_number_is_a_process(void **state)
{
    (void)state;
    char text[32];
    struct target target;
    struct error error;
    snprintf(text, sizeof text, "%d", getpid());
    assert_true(target_look(&target, text, &error));
    assert_int_equal(target.pid, getpid());
    assert_null(target.path);

    pid_t child = fork();
    if (child == 0)
        _exit(0);
    waitpid(child, NULL, 0);
    snprintf(text, sizeof text, "%d", child);
    assert_refused(text, "there is no process");
    assert_refused("99999999999999999999", "No such file");
    assert_refused("-1", "No such file");
    assert_refused("", "");
}

static void a_file_is_looked_into(void **state)
{
    (void)state;
    char path[] = "/tmp/target-test-XXXXXX";
    struct target target;
    struct error error;
    int file = mkstemp(path);
    assert_int_equal(write(file, "head", 4), 4);
    assert_true(target_look(&target, path, &error));
    assert_int_equal(target.pid, 0);
    assert_string_equal(target.path, path);
    assert_memory_equal(target.head, "head\0\0\0", 7);
    assert_int_equal(target.head[sizeof target.head - 1], 0);
    close(file);
    unlink(path);
    assert_refused(path, "No such file");
}

static void what_is_no_file_is_refused(void **state)
{
    (void)state;
    char path[] = "/tmp/target-test-XXXXXX";
    assert_non_null(mkdtemp(path));
    assert_refused(path, "not a regular file");
    assert_refused("/dev/zero", "not a regular file");
    char fifo[64];
    snprintf(fifo, sizeof fifo, "%s/fifo", path);
    assert_int_equal(mkfifo(fifo, 0600), 0);
    alarm(10); /* should it wait for a writer, after all */
    assert_refused(fifo, "not a regular file");
    alarm(0);
    unlink(fifo);
    rmdir(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_number_is_a_process),
        cmocka_unit_test(a_file_is_looked_into),
        cmocka_unit_test(what_is_no_file_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
