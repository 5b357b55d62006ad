/* Small files: whole, cut, empty, and not there. */
#include "base/read_text.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char path[] = "/tmp/ctxtrace-text-XXXXXX";

static int begin(void **state)
{
    (void)state;
    int file = mkstemp(path);
    int failed = file < 0 || write(file, "seven\n", 6) != 6;
    close(file);
    return failed;
}

static int end(void **state)
{
    (void)state;
    return unlink(path);
}

static void a_file_is_read_and_ended(void **state)
{
    (void)state;
    char text[16];
    memset(text, 'x', sizeof text);
    assert_true(read_text(AT_FDCWD, path, text, sizeof text));
    assert_string_equal(text, "seven\n");
}

static void what_does_not_fit_is_cut(void **state)
{
    (void)state;
    char text[4] = "xxx";
    assert_true(read_text(AT_FDCWD, path, text, sizeof text));
    assert_string_equal(text, "sev");
}

static void of_none_the_text_is_empty(void **state)
{
    (void)state;
    char text[16] = "x";
    assert_false(read_text(AT_FDCWD, "/nowhere/at/all", text, sizeof text));
    assert_string_equal(text, "");
    text[0] = 'x';
    assert_false(read_text(AT_FDCWD, "/dev/null", text, sizeof text));
    assert_string_equal(text, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_is_read_and_ended),
        cmocka_unit_test(what_does_not_fit_is_cut),
        cmocka_unit_test(of_none_the_text_is_empty),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
