/* How long to wait between looks: a share of the machine, or the delay that was named. */
#include "ctxtop/budget.h"
#include "scene.h"

#include <time.h>
#include <unistd.h>

#define MILLISECOND INT64_C(1000000)

/* `idle` of `processors` had nothing to do. */
static struct budget machine(unsigned processors, double idle)
{
    return (struct budget){.processors = processors, .idle_processors = idle};
}

/* Rounded, as shares are no round binary numbers. */
static void expect_wait(const struct budget *budget, int64_t delay_ns, int64_t cost_ns,
                        int64_t cpu_ns, int64_t expected_ns)
{
    int64_t wait_ns = budget_wait(budget, delay_ns, cost_ns, cpu_ns);
    assert_in_range(wait_ns + MILLISECOND, expected_ns, expected_ns + 2 * MILLISECOND);
}

static void a_busy_machine_is_asked_for_a_hundredth(void **state)
{
    (void)state;
    struct budget four = machine(4, 0), one = machine(1, 0);
    /* 100 ms of a processor, of which 4 hundredths may be used: once in 2.5 s. */
    expect_wait(&four, SECOND, 100 * MILLISECOND, 100 * MILLISECOND, 2400 * MILLISECOND);
    expect_wait(&one, SECOND, 100 * MILLISECOND, 100 * MILLISECOND, 9900 * MILLISECOND);
    /* What counts is the processor time; the time that passed is waited out already. */
    expect_wait(&one, SECOND, 300 * MILLISECOND, 100 * MILLISECOND, 9700 * MILLISECOND);
    expect_wait(&one, SECOND, 100 * MILLISECOND, 200 * MILLISECOND, 19900 * MILLISECOND);
}

static void what_idles_is_used_too(void **state)
{
    (void)state;
    struct budget half = machine(4, 2), all = machine(4, 4);
    expect_wait(&half, 0, 0, 24 * MILLISECOND, 100 * MILLISECOND);
    expect_wait(&all, 0, 0, 44 * MILLISECOND, 100 * MILLISECOND);
}

static void a_cheap_look_waits_for_the_delay(void **state)
{
    (void)state;
    struct budget budget = machine(4, 4);
    expect_wait(&budget, SECOND, 2 * MILLISECOND, 2 * MILLISECOND, 998 * MILLISECOND);
    expect_wait(&budget, SECOND, 0, 0, SECOND);
}

/* A look that waited long for something, and used no processor, is followed by the next. */
static void a_wait_is_never_negative(void **state)
{
    (void)state;
    struct budget budget = machine(4, 4), fixed = {.is_fixed = true, .processors = 4};
    assert_int_equal(budget_wait(&budget, SECOND, 3 * SECOND, MILLISECOND), 0);
    assert_true(budget_wait(&budget, SECOND, 3600 * SECOND, 3600 * SECOND) > 0);
    assert_true(budget_wait(&fixed, SECOND, 3600 * SECOND, 3600 * SECOND) > 0);
}

static void a_named_delay_is_kept(void **state)
{
    (void)state;
    struct budget budget = {.is_fixed = true, .processors = 1};
    int64_t delay = 100 * MILLISECOND;
    /* Whatever the processor time. */
    assert_int_equal(budget_wait(&budget, delay, 10 * MILLISECOND, SECOND), 90 * MILLISECOND);
    assert_int_equal(budget_wait(&budget, delay, 50 * MILLISECOND, 0), 50 * MILLISECOND);
    /* As far as half of the time is enough. */
    assert_int_equal(budget_wait(&budget, delay, 60 * MILLISECOND, 0), 60 * MILLISECOND);
    assert_int_equal(budget_wait(&budget, delay, 10 * SECOND, 0), 10 * SECOND);
    assert_int_equal(budget_wait(&budget, 0, 7 * MILLISECOND, 0), 7 * MILLISECOND);
}

static void use_processor(const struct budget *budget, int64_t cpu_ns)
{
    struct timespec now;
    do
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    while (now.tv_sec * SECOND + now.tv_nsec < budget->cpu_ns + cpu_ns);
}

/* By its own clocks; but for the first, which opened the program, too. */
static void a_look_is_measured(void **state)
{
    (void)state;
    struct budget budget;
    budget_begin(&budget, false);
    assert_false(budget.is_fixed);
    assert_int_equal(budget.processors, sysconf(_SC_NPROCESSORS_ONLN));
    budget_start_look(&budget);
    assert_true(budget.moment_ns > 0);
    assert_true(budget.idle_processors == 0);
    use_processor(&budget, 20 * MILLISECOND);
    assert_int_equal(budget_end_look(&budget, 5 * MILLISECOND, MILLISECOND), 4 * MILLISECOND);
    for (int look = 0; look < 2; look++) {
        budget_start_look(&budget);
        use_processor(&budget, 20 * MILLISECOND);
        double share = 0.01 * budget.processors + 0.1 * budget.idle_processors;
        int64_t least = (int64_t)((double)(19 * MILLISECOND) / share);
        assert_true(budget_end_look(&budget, 0, 0) >= least);
    }
}

/* What idled is taken between two looks: a machine that sleeps meanwhile idled. */
static void what_idled_is_what_idled_between_looks(void **state)
{
    (void)state;
    struct budget budget;
    budget_begin(&budget, false);
    budget_start_look(&budget);
    assert_true(budget.idle_processors == 0);
    /* As if all had been seen to begin 10 s of idling, and 10 s of time, ago. */
    budget.moment_ns -= 10 * SECOND;
    budget.idle_ns -= 10 * SECOND;
    budget_start_look(&budget);
    assert_true(budget.idle_processors > 0.9);
    assert_true(budget.idle_processors < 1.5 + budget.processors / 10.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_busy_machine_is_asked_for_a_hundredth),
        cmocka_unit_test(what_idles_is_used_too),
        cmocka_unit_test(a_cheap_look_waits_for_the_delay),
        cmocka_unit_test(a_wait_is_never_negative),
        cmocka_unit_test(a_named_delay_is_kept),
        cmocka_unit_test(a_look_is_measured),
        cmocka_unit_test(what_idled_is_what_idled_between_looks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
