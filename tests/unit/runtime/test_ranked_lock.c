/* The order of locks, where it is asserted: what is against it ends the process. */
#include "runtime/ranked_lock.h"
#include "runtime_test.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static struct lock locks[2];

/* Of a child that takes the two locks one after the other: the signal that ended it, or 0. */
static int taking(int first, enum lock_rank first_rank, int second, enum lock_rank second_rank)
{
    int status;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        close(STDERR_FILENO);
        signal(SIGABRT, SIG_DFL);
        ranked_lock_take(&locks[first], first_rank);
        ranked_lock_take(&locks[second], second_rank);
        ranked_lock_release(&locks[second], second_rank);
        ranked_lock_release(&locks[first], first_rank);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void what_is_in_order(void **state)
{
    (void)state;
    assert_int_equal(taking(0, LOCK_OF_CONTEXT, 1, LOCK_OF_CONTEXT), 0);
    assert_int_equal(taking(0, LOCK_OF_CONTEXT, 1, LOCK_LEAF), 0);
    assert_int_equal(taking(0, LOCK_OF_CHANNEL, 1, LOCK_OF_CHANNEL), 0);
}

static void what_is_not(void **state)
{
    (void)state;
    int expected = INVARIANTS ? SIGABRT : 0;
    assert_int_equal(taking(0, LOCK_LEAF, 1, LOCK_LEAF), expected);
    assert_int_equal(taking(0, LOCK_LEAF, 1, LOCK_OF_CONTEXT), expected);
    assert_int_equal(taking(0, LOCK_OF_CHANNEL, 1, LOCK_LEAF), expected);
    assert_int_equal(taking(1, LOCK_OF_CHANNEL, 0, LOCK_OF_CHANNEL), expected);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_in_order),
        cmocka_unit_test(what_is_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
