/* Command lines of processes, as they are now. */
#include "image/command_line.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static void test_of_another_process(void **unused)
{
    (void)unused;
    int hold[2], begun[2];
    char text[32], byte;
    assert_int_equal(pipe(hold) | pipe2(begun, O_CLOEXEC), 0);
    pid_t child = fork();
    if (child == 0) {
        dup2(hold[0], 0);
        close(hold[1]);
        execlp("cat", "cat", "-u", "-", (char *)NULL);
        _exit(1);
    }
    close(begun[1]);
    assert_int_equal(read(begun[0], &byte, 1), 0); /* it is cat now */
    assert_true(command_line_read(child, text, sizeof text));
    assert_string_equal(text, "cat -u -");
    char little[6];
    assert_true(command_line_read(child, little, sizeof little));
    assert_string_equal(little, "cat -");
    close(hold[1]);
    close(hold[0]);
    siginfo_t info;
    assert_int_equal(waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT), 0);
    assert_false(command_line_read(child, text, sizeof text)); /* nobody has collected it yet */
    assert_string_equal(text, "");
    waitpid(child, NULL, 0);
    assert_false(command_line_read(child, text, sizeof text));
    close(begun[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_of_another_process)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
