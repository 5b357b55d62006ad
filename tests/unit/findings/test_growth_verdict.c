/*
 * What is taken for growth, and how often wrongly: series of which it is known what they are, each
 * with many seeds, phases and numbers of looks.
 */
#include "findings/growth_verdict.h"
#include "series.h"

/* A moment between two looks is seen at the next one. */
static uint32_t look_after(double time, uint32_t looks)
{
    double look = ceil(time * (looks - 1));
    return look < 0 ? 0 : look >= looks ? looks : (uint32_t)look;
}

struct seen {
    uint32_t born, gone; /* at these looks */
};

static int by_birth(const void *a, const void *b)
{
    const struct seen *left = a, *right = b;
    return (left->born > right->born) - (left->born < right->born);
}

static int by_end(const void *a, const void *b)
{
    const struct seen *left = a, *right = b;
    return (left->gone > right->gone) - (left->gone < right->gone);
}

/* What a watch of so many looks makes of the series. */
static struct growth_verdict judge(uint32_t looks)
{
    static struct seen births[MOST], ends[MOST];
    struct watch_parts parts = {0};
    struct cohorts cohorts = {0};
    size_t count = 0, birth = 0, end = 0;
    uint32_t there = 0;
    for (size_t i = 0; i < series.count; i++) {
        struct seen seen = {look_after(series.things[i].born, looks),
                            look_after(series.things[i].died, looks)};
        if (seen.born < looks && seen.gone > seen.born)
            births[count] = ends[count] = seen, count++;
    }
    qsort(births, count, sizeof births[0], by_birth);
    qsort(ends, count, sizeof ends[0], by_end);
    for (uint32_t look = 0; look < looks; look++) {
        if (parts_look(&parts, look))
            cohorts_merge(&cohorts);
        unsigned part = parts_of_look(&parts, look);
        for (; birth < count && births[birth].born == look; birth++)
            cohorts.born[part]++, there++;
        for (; end < count && ends[end].gone == look; end++)
            cohorts.gone[parts_of_look(&parts, ends[end].born)][part]++, there--;
        cohorts_look(&cohorts, &parts, there);
    }
    return growth_judge(&cohorts, parts_complete(&parts));
}

static const uint32_t numbers_of_looks[] = {10, 15, 40, 100, 600};
#define LOOKS   (sizeof numbers_of_looks / sizeof numbers_of_looks[0])
#define WATCHES 1000

static unsigned count_kind(const struct row *row, bool behind)
{
    unsigned count = 0;
    for (size_t i = 0; i < WATCHES; i++) {
        make_series(row->make, i);
        struct growth_verdict verdict = judge(numbers_of_looks[i % LOOKS]);
        count += verdict.kind != GROWS_NOT && (verdict.kind == GROWS_BEHIND) == behind;
    }
    return count;
}

static unsigned count_leaks(const struct row *row)
{
    return count_kind(row, false);
}

static unsigned count_backlogs(const struct row *row)
{
    return count_kind(row, true);
}

static void leaks_are_found(void **state)
{
    (void)state;
    static const struct row rows[] = {
        ROW(linear, 998, 1000),
        ROW(steps, 998, 1000),
        ROW(slow, 998, 1000),
        ROW(slow_at_random, 948, 1000),
        ROW(leak_with_a_gap, 948, 1000),
        ROW(leak_that_slows_down, 923, 1000),
        ROW(leak_after_a_burst, 948, 1000),
        ROW(late_leak, 973, 1000),
        ROW(leak_among_short_requests, 973, 1000),
        ROW(leak_among_long_requests, 948, 1000),
        ROW(leak_among_requests_of_any_length, 948, 1000),
        ROW(leak_under_a_garbage_collector, 948, 1000),
    };
    CHECK_ROWS(rows, count_leaks, WATCHES);
}

static void a_backlog_is_found(void **state)
{
    (void)state;
    static const struct row rows[] = {ROW(backlog, 973, 1000)};
    CHECK_ROWS(rows, count_backlogs, WATCHES);
}

static const struct row healthy[] = {
    ROW(sawtooth, 0, 1),
    ROW(garbage_collector, 0, 1),
    ROW(daily_curve_of_a_pool, 0, 1),
    ROW(daily_curve_of_connections, 0, 1),
    ROW(daily_load, 0, 1),
    ROW(rising_load, 0, 1),
    ROW(steady_requests, 0, 1),
    ROW(requests_of_one_length, 0, 1),
    ROW(connections_that_last, 0, 12), /* four in a row by chance */
    ROW(least_recently_used, 0, 1),
    ROW(evicted_at_random, 0, 1),
    ROW(warm_up, 0, 1),
    ROW(warm_up_among_requests, 0, 1),
    ROW(plateau, 0, 1),
    ROW(cache_fill, 0, 9), /* a small one that is not quite full */
    ROW(burst_that_ends, 0, 1),
    ROW(burst_that_stays, 0, 1),
    ROW(nothing_new, 0, 0),
};

static void what_is_healthy_is_not_taken_for_a_leak(void **state)
{
    (void)state;
    CHECK_ROWS(healthy, count_leaks, WATCHES);
}

static void nor_for_a_backlog(void **state)
{
    (void)state;
    CHECK_ROWS(healthy, count_backlogs, WATCHES);
}

/* ---- what is said of it ---- */

static void a_verdict_has_its_numbers(void **state)
{
    (void)state;
    series.count = 0;
    for (int i = 0; i < 40; i++)
        add(i < 10 ? -1 : (i - 10) / 30.0, i == 3 ? 0.5 : NEVER);
    struct growth_verdict verdict = judge(11);
    assert_int_equal(verdict.kind, GROWS);
    assert_int_equal(verdict.start, 0);
    assert_int_equal(verdict.last_rise, 10);
    assert_int_equal(verdict.from, 11);
    assert_int_equal(verdict.to, 39);
    assert_int_equal(verdict.ended, 1);
}

static void what_ended_is_no_longer_claimed(void **state)
{
    (void)state;
    series.count = 0;
    for (int i = 0; i < 30; i++)
        add(i / 30.0, NEVER);
    assert_int_equal(judge(20).kind, GROWS);
    for (size_t i = 0; i < series.count; i++)
        series.things[i].born /= 4; /* the same, watched four times as long */
    assert_int_equal(judge(80).kind, GROWS_NOT);
}

static void a_few_looks_tell_nothing(void **state)
{
    (void)state;
    for (uint32_t looks = 1; looks <= 3; looks++) {
        make_series(linear, looks);
        assert_int_equal(judge(looks).kind, GROWS_NOT);
    }
    make_series(linear, 1);
    assert_int_equal(judge(4).kind, GROWS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(leaks_are_found),
        cmocka_unit_test(a_backlog_is_found),
        cmocka_unit_test(what_is_healthy_is_not_taken_for_a_leak),
        cmocka_unit_test(nor_for_a_backlog),
        cmocka_unit_test(a_verdict_has_its_numbers),
        cmocka_unit_test(what_ended_is_no_longer_claimed),
        cmocka_unit_test(a_few_looks_tell_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
