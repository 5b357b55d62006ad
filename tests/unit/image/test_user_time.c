/*
 * How long a thread has computed: from a line of the kernel's, and of processes that do or sleep.
 */
#include "base/error.h"
#include "image/user_time.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static void test_the_field_is_found(void **state)
{
    (void)state;
    assert_int_equal(user_time_parse("7 (a) R 1 7 7 0 -1 4 10 0 0 0 42 5 0 0 20 0 1 0 9\n"), 42);
    /* A name can look like fields, and hold the bracket that ends it. */
    assert_int_equal(user_time_parse("7 (x) R 1 2 3 4) S 1 7 7 0 -1 4 10 0 0 0 43 5 0 0\n"), 43);
    assert_int_equal(user_time_parse("7 () R 1 7 7 0 -1 4 10 0 0 0 0 5 0 0\n"), 0);
}

static void test_what_is_no_line_is_not_known(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "",
        "7 a R 1 7 7 0 -1 4 10 0 0 0 42 5",
        "7 (a) R 1 7 7 0 -1 4 10 0 0 0",
        "7 (a) R 1 7 7 0 -1 4 10 0 0 0 -1 5",
        "7 (a) R 1 7 7 0 -1 4 10 0 0 0 42",
        "7 (a) R 1 7 7 0 -1 4 10 0 0 0 99999999999999999999 5",
        "7 (a) R 1 7 7 0 -1 4 10 0 0 0 x 5",
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        assert_int_equal(user_time_parse(lines[i]), -1);
}

static void check_child(bool computes)
{
    struct error error = {.sentence = ""};
    int pid = fork();
    assert_true(pid >= 0);
    while (pid == 0)
        if (!computes)
            pause();
    struct image *image = image_open_process(pid, &error);
    assert_non_null(image);
    int64_t ticks = user_time_ticks(image, pid);
    assert_true(ticks >= 0);
    while (computes && user_time_ticks(image, pid) < ticks + 2)
        usleep(1000);
    assert_int_equal(user_time_ticks(image, pid + 1), -1); /* no thread of it */
    kill(pid, SIGKILL);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    assert_int_equal(user_time_ticks(image, pid), -1);
    image_close(image);
}

static void test_of_one_that_computes_it_grows(void **state)
{
    (void)state;
    check_child(true);
}

static void test_of_one_that_sleeps_it_is_known(void **state)
{
    (void)state;
    check_child(false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_field_is_found),
        cmocka_unit_test(test_what_is_no_line_is_not_known),
        cmocka_unit_test(test_of_one_that_computes_it_grows),
        cmocka_unit_test(test_of_one_that_sleeps_it_is_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
