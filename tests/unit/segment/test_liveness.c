/* What is read of a process, whatever it calls itself. */
#include "segment/liveness.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* A child of that name, which waits. */
static pid_t start_as(const char *name)
{
    int ready[2];
    char byte;
    assert_int_equal(pipe(ready), 0);
    pid_t pid = fork();
    if (pid == 0) {
        prctl(PR_SET_NAME, name);
        close(ready[0]);
        (void)!write(ready[1], "", 1);
        for (;;)
            pause();
    }
    assert_true(pid > 0);
    close(ready[1]);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    return pid;
}

static void the_name_of_a_process_hides_nothing(void **state)
{
    static const char *const names[] = {"plain", "a b) Z 1", "a)\nZ 1 1", "\n\n\n", ")) Z 7 7 7"};
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        pid_t pid = start_as(names[i]);
        assert_int_equal(segment_process_parent(pid), getpid());
        assert_int_not_equal(segment_start_time(pid), 0);
        assert_true(segment_start_time(pid) >= segment_start_time(getpid()));
        kill(pid, SIGKILL);
        siginfo_t ended;
        assert_int_equal(waitid(P_PID, (id_t)pid, &ended, WEXITED | WNOWAIT), 0);
        assert_int_equal(segment_process_state(pid), 'Z');
        assert_int_equal(waitpid(pid, NULL, 0), pid);
        assert_int_equal(segment_process_state(pid), 0);
        assert_int_equal(segment_process_parent(pid), 0);
        assert_int_equal(segment_start_time(pid), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_name_of_a_process_hides_nothing)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
