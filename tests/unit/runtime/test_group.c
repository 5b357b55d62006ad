/* Groups: the first failure cancels the rest, limits, waiting for all. */
#include "blocked.h"
#include "runtime_test.h"

#include <sys/wait.h>
#include <unistd.h>

struct tally {
    _Atomic int started, ended, running, most;
    ctxt_group_t *group;
};

static int work(ctxt_t *context, void *argument)
{
    (void)context;
    struct tally *tally = argument;
    tally->started++;
    int running = ++tally->running;
    int most = tally->most;
    while (running > most && !atomic_compare_exchange_weak(&tally->most, &most, running))
        ;
    pause_ns(100 * CTXT_MICROSECOND);
    tally->running--;
    tally->ended++;
    return 0;
}

static int until_it_ends(ctxt_t *context, void *argument)
{
    struct tally *tally = argument;
    tally->started++;
    int error = ctxt_wait(context, CTXT_NEVER);
    tally->ended++;
    return error;
}

static int fail_with_7(ctxt_t *context, void *argument)
{
    (void)context;
    struct tally *tally = argument;
    while (tally->started < 3)
        pause_ns(CTXT_MILLISECOND);
    return 7;
}

static void waits_for_all(void **state)
{
    (void)state;
    struct tally tally = {0};
    ctxt_group_t *group = ctxt_group_new(ctxt_background());
    for (int i = 0; i < 100; i++)
        assert_int_equal(ctxt_group_go(group, work, &tally), 0);
    ctxt_t *context = ctxt_observe(ctxt_group_context(group));
    assert_int_equal(ctxt_group_wait(group), 0);
    assert_int_equal(tally.ended, 100);
    assert_int_equal(ctxt_err(context), ECANCELED);
    ctxt_unobserve(context);
}

static void may_be_empty(void **state)
{
    (void)state;
    assert_int_equal(ctxt_group_wait(ctxt_group_new(ctxt_background())), 0);
}

static void the_first_failure_cancels_the_rest(void **state)
{
    (void)state;
    struct tally tally = {0};
    ctxt_group_t *group = ctxt_group_new(ctxt_background());
    ctxt_t *context = ctxt_observe(ctxt_group_context(group));
    for (int i = 0; i < 3; i++)
        assert_int_equal(ctxt_group_go(group, until_it_ends, &tally), 0);
    assert_int_equal(ctxt_err(context), 0);
    assert_int_equal(ctxt_group_go(group, fail_with_7, &tally), 0);
    assert_int_equal(ctxt_group_wait(group), 7);
    assert_int_equal(tally.ended, 3);
    assert_int_equal(ctxt_cause(context)->code, 7);
    assert_string_equal(ctxt_cause(context)->text, "a task of the group failed: 7");
    ctxt_unobserve(context);
}

static void the_parent_ends_it(void **state)
{
    (void)state;
    struct tally tally = {0};
    ctxt_scope parent = ctxt_with_timeout(ctxt_background(), 5 * CTXT_MILLISECOND);
    ctxt_group_t *group = ctxt_group_new(parent);
    for (int i = 0; i < 3; i++)
        assert_int_equal(ctxt_group_go(group, until_it_ends, &tally), 0);
    assert_int_equal(ctxt_group_wait(group), ETIMEDOUT);
    assert_int_equal(tally.ended, 3);
}

static void the_limit_holds(void **state)
{
    (void)state;
    struct tally tally = {0};
    ctxt_group_t *group = ctxt_group_new(ctxt_background());
    assert_int_equal(ctxt_group_limit(group, 4), 0);
    for (int i = 0; i < 300; i++)
        assert_int_equal(ctxt_group_go(group, work, &tally), 0);
    assert_int_equal(ctxt_group_limit(group, 5), EBUSY);
    assert_int_equal(ctxt_group_wait(group), 0);
    assert_int_equal(tally.ended, 300);
    assert_true(tally.most <= 4);
    assert_true(tally.most >= 2);
}

static void a_full_group_refuses_or_waits(void **state)
{
    (void)state;
    struct tally tally = {0};
    ctxt_t *parent = ctxt_with_cancel(ctxt_background());
    ctxt_group_t *group = ctxt_group_new(parent);
    assert_int_equal(ctxt_group_limit(group, 2), 0);
    assert_int_equal(ctxt_group_try_go(group, until_it_ends, &tally), 0);
    assert_int_equal(ctxt_group_try_go(group, until_it_ends, &tally), 0);
    assert_int_equal(ctxt_group_try_go(group, until_it_ends, &tally), EBUSY);
    ctxt_scope end = ctxt_with_timeout(ctxt_group_context(group), 5 * CTXT_MILLISECOND);
    assert_int_equal(ctxt_wait(end, CTXT_NEVER), ETIMEDOUT);
    ctxt_cancel(parent);
    /* Whether the context or a place comes first is open; without a place nothing is started. */
    int result = ctxt_group_go(group, until_it_ends, &tally);
    assert_true(result == 0 || result == ECANCELED);
    assert_int_equal(ctxt_group_wait(group), ECANCELED);
    assert_int_equal(tally.ended, result == 0 ? 3 : 2);
    ctxt_unref(parent);
}

static int block_then_fail(ctxt_t *context, void *argument)
{
    (void)context;
    struct tally *tally = argument;
    tally->started++;
    pause_ns(10 * CTXT_MILLISECOND);
    return 5;
}

static int stay(ctxt_t *context, void *argument)
{
    (void)context;
    struct tally *tally = argument;
    while (!tally->ended)
        pause_ns(CTXT_MILLISECOND);
    return 0;
}

static void waiting_for_a_place_ends_with_the_context(void **state)
{
    (void)state;
    struct tally tally = {0};
    ctxt_scope parent = ctxt_with_timeout(ctxt_background(), 10 * CTXT_MILLISECOND);
    ctxt_group_t *group = ctxt_group_new(parent);
    assert_int_equal(ctxt_group_limit(group, 1), 0);
    assert_int_equal(ctxt_group_go(group, stay, &tally), 0);
    assert_int_equal(ctxt_group_go(group, work, &tally), ETIMEDOUT);
    tally.ended = 1;
    assert_int_equal(ctxt_group_wait(group), 0);
    assert_int_equal(tally.started, 0);
}

static void a_place_is_passed_on_by_a_failure(void **state)
{
    (void)state;
    struct tally tally = {0};
    ctxt_group_t *group = ctxt_group_new(ctxt_background());
    assert_int_equal(ctxt_group_limit(group, 1), 0);
    assert_int_equal(ctxt_group_go(group, block_then_fail, &tally), 0);
    int result = ctxt_group_go(group, work, &tally);
    assert_true(result == ECANCELED || result == 0);
    assert_int_equal(ctxt_group_wait(group), 5);
}

static int spread(ctxt_t *context, void *argument)
{
    (void)context;
    struct tally *tally = argument;
    int depth = ++tally->started;
    if (depth < 64 && ctxt_group_go(tally->group, spread, tally) != 0)
        return 1;
    if (depth < 64 && ctxt_group_go(tally->group, spread, tally) != 0)
        return 1;
    tally->ended++;
    return 0;
}

static void tasks_may_start_further_ones(void **state)
{
    (void)state;
    struct tally tally = {.group = ctxt_group_new(ctxt_background())};
    assert_int_equal(ctxt_group_go(tally.group, spread, &tally), 0);
    assert_int_equal(ctxt_group_wait(tally.group), 0);
    assert_int_equal(tally.started, tally.ended);
    assert_true(tally.started >= 64);
}

static int wait_for_own_group(ctxt_t *context, void *argument)
{
    (void)context;
    struct tally *tally = argument;
    return ctxt_group_wait(tally->group);
}

static void misuse_is_reported(void **state)
{
    (void)state;
    expect_misuse();
    assert_null(ctxt_group_new(NULL));
    assert_misuse("nil parent");
    assert_int_equal(ctxt_group_go(NULL, work, NULL), EINVAL);
    assert_misuse("the group is NULL");
    assert_int_equal(ctxt_group_wait(NULL), EINVAL);
    assert_misuse("the group is NULL");
    assert_null(ctxt_group_context(NULL));
    assert_misuse("the group is NULL");
    assert_int_equal(ctxt_group_limit(NULL, 1), EINVAL);
    assert_misuse("the group is NULL");
    struct tally tally = {.group = ctxt_group_new(ctxt_background())};
    assert_int_equal(ctxt_group_try_go(tally.group, NULL, NULL), EINVAL);
    assert_misuse("the function is NULL");
    assert_int_equal(ctxt_group_go(tally.group, wait_for_own_group, &tally), 0);
    assert_int_equal(ctxt_group_wait(tally.group), EDEADLK);
    assert_misuse("the group that it belongs to");
    end_misuse();
}

static void a_forked_child_does_not_wait_for_its_parents_tasks(void **state)
{
    (void)state;
    if (THREAD_SANITIZER)
        skip(); /* see runtime_test.h */
    struct tally tally = {0};
    ctxt_group_t *group = ctxt_group_new(ctxt_background());
    ctxt_t *context = ctxt_observe(ctxt_group_context(group));
    for (int i = 0; i < 3; i++)
        assert_int_equal(ctxt_group_go(group, until_it_ends, &tally), 0);
    while (tally.started < 3)
        pause_ns(CTXT_MILLISECOND);
    pid_t child = fork();
    if (child == 0) {
        alarm(20);
        struct tally own = {0};
        int started = ctxt_group_go(group, work, &own);
        int result = ctxt_group_wait(group);
        _exit(started != 0 || own.ended != 1 || result != ECHILD);
    }
    int status = -1;
    waitpid(child, &status, 0);
    assert_int_equal(status, 0);
    assert_int_equal(ctxt_err(context), 0);
    ctxt_unobserve(context);
    assert_int_equal(ctxt_group_go(group, fail_with_7, &tally), 0);
    assert_int_equal(ctxt_group_wait(group), 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(waits_for_all),
        cmocka_unit_test(may_be_empty),
        cmocka_unit_test(the_first_failure_cancels_the_rest),
        cmocka_unit_test(the_parent_ends_it),
        cmocka_unit_test(the_limit_holds),
        cmocka_unit_test(a_full_group_refuses_or_waits),
        cmocka_unit_test(waiting_for_a_place_ends_with_the_context),
        cmocka_unit_test(a_place_is_passed_on_by_a_failure),
        cmocka_unit_test(tasks_may_start_further_ones),
        cmocka_unit_test(misuse_is_reported),
        cmocka_unit_test(a_forked_child_does_not_wait_for_its_parents_tasks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
