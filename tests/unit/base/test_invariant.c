/* A broken invariant ends the process where invariants are compiled in, and costs nothing else. */
#include "base/invariant.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static int asked;

static int ask(int answer)
{
    asked++;
    return answer;
}

static void is_only_computed_where_it_is_compiled_in(void **state)
{
    (void)state;
    invariant(ask(1));
    assert_int_equal(asked, INVARIANTS);
}

static void says_where_and_ends_the_process(void **state)
{
    (void)state;
    int ends[2], status;
    char text[256] = "";
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) {
        dup2(ends[1], STDERR_FILENO);
        signal(SIGABRT, SIG_DFL);
        invariant(ask(0));
        _exit(0);
    }
    close(ends[1]);
    assert_int_equal(waitpid(child, &status, 0), child);
    ssize_t length = read(ends[0], text, sizeof text - 1);
    close(ends[0]);
    assert_int_equal(WIFSIGNALED(status) ? WTERMSIG(status) : 0, INVARIANTS ? SIGABRT : 0);
    if (INVARIANTS)
        assert_non_null(strstr(text, "test_invariant.c"));
    else
        assert_int_equal(length, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_only_computed_where_it_is_compiled_in),
        cmocka_unit_test(says_where_and_ends_the_process),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
