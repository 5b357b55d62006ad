/*
 * What is found out about a filter of system calls. A filter stays for good, so each case has a
 * child of its own, which answers by its exit status.
 */
#include "record/forbidden.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { NO_CALL = -1, NOT_FILTERED = 100, CHILD_IS_SEEN };

/* `action` for one system call; all others are permitted. */
static bool filter(long call, uint32_t action)
{
    struct sock_filter program[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)call, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, action),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const struct sock_fprog all = {.len = sizeof program / sizeof *program, .filter = program};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &all) == 0;
}

static volatile sig_atomic_t signals;

static void count(int signal)
{
    (void)signal;
    signals = signals + 1;
}

/* Looks in a child with this filter. Whoever waits for children there must not see the trial. */
static int look(long call, uint32_t action, bool makes_threads)
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        signal(SIGCHLD, count);
        signal(SIGSYS, SIG_DFL); /* cmocka has a handler */
        if (call != NO_CALL && !filter(call, action))
            _exit(NOT_FILTERED);
        int found = (int)forbidden_look(makes_threads);
        bool is_seen = signals != 0 || waitpid(-1, NULL, WNOHANG) != -1 || errno != ECHILD;
        _exit(is_seen ? CHILD_IS_SEEN : found);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == NOT_FILTERED)
        skip(); /* not permitted here, as in some containers */
    return WEXITSTATUS(status);
}

/* A container that runs these tests may have a filter itself: then nothing is known of "none". */
static bool is_free(void)
{
    return prctl(PR_GET_SECCOMP) == 0;
}

static void without_a_filter_nothing_is_tried(void **state)
{
    (void)state;
    if (!is_free())
        skip();
    assert_int_equal(look(NO_CALL, 0, false), PERMITTED);
    assert_int_equal(look(NO_CALL, 0, true), PERMITTED);
}

static void who_makes_no_threads_is_not_asked(void **state)
{
    (void)state;
    assert_int_equal(look(SYS_acct, SECCOMP_RET_ALLOW, false), NOT_ASKED);
    assert_int_equal(look(SYS_linkat, SECCOMP_RET_KILL_PROCESS, false), NOT_ASKED);
}

static void a_filter_that_kills_for_nothing_of_ours_permits(void **state)
{
    (void)state;
    assert_int_equal(look(SYS_acct, SECCOMP_RET_KILL_PROCESS, true), PERMITTED);
}

/* As containers do: the call fails, and recording says so. */
static void a_filter_that_answers_with_an_error_permits(void **state)
{
    (void)state;
    assert_int_equal(look(SYS_fallocate, SECCOMP_RET_ERRNO | EPERM, true), PERMITTED);
    assert_int_equal(look(SYS_linkat, SECCOMP_RET_ERRNO | ENOSYS, true), PERMITTED);
}

static void a_filter_that_kills_for_one_of_ours_forbids(void **state)
{
    (void)state;
    static const long calls[] = {SYS_pread64, SYS_pwrite64,   SYS_fallocate,
                                 SYS_linkat,  SYS_getdents64, SYS_sigaltstack,
                                 SYS_munmap,  SYS_mprotect,   SYS_lseek};
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
        assert_int_equal(look(calls[i], SECCOMP_RET_KILL_PROCESS, true), FORBIDDEN);
    assert_int_equal(look(SYS_linkat, SECCOMP_RET_KILL_THREAD, true), FORBIDDEN);
    assert_int_equal(look(SYS_linkat, SECCOMP_RET_TRAP, true), FORBIDDEN);
}

static void a_filter_that_lets_no_process_be_made_forbids(void **state)
{
    (void)state;
    assert_int_equal(look(SYS_clone, SECCOMP_RET_ERRNO | EPERM, true), FORBIDDEN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_filter_nothing_is_tried),
        cmocka_unit_test(who_makes_no_threads_is_not_asked),
        cmocka_unit_test(a_filter_that_kills_for_nothing_of_ours_permits),
        cmocka_unit_test(a_filter_that_answers_with_an_error_permits),
        cmocka_unit_test(a_filter_that_kills_for_one_of_ours_forbids),
        cmocka_unit_test(a_filter_that_lets_no_process_be_made_forbids),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
