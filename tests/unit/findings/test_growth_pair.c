/*
 * Two looks: what the things that are there tell of the time between, and how often that is taken
 * wrongly for growth.
 */
#include "findings/growth_pair.h"
#include "series.h"

#define SECOND INT64_C(1000000000)

/* ---- by the time of creation, as C programs note it ---- */

static void add_thing(struct growth_pair *pair, double born, double died, int64_t first,
                      int64_t second, int64_t created)
{
    bool before = born <= 0 && died > 0, after = born <= 1 && died > 1;
    if (before || after)
        pair_add(pair,
                 !after   ? PAIR_GONE
                 : before ? PAIR_STAYED
                          : PAIR_NEW,
                 first, second, created);
}

static struct growth_verdict judge_by_time(void)
{
    struct growth_pair pair = {0};
    for (size_t i = 0; i < series.count; i++)
        add_thing(&pair, series.things[i].born, series.things[i].died, 5 * SECOND, 6 * SECOND,
                  5 * SECOND + (int64_t)(series.things[i].born * SECOND));
    return pair_judge(&pair);
}

/* ---- by number, as goroutines have it: others are made all the time, too ---- */

static int by_birth(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

static struct growth_verdict judge_by_number(void)
{
    struct growth_pair pair = {0};
    int64_t first = 0, second = 0;
    add_requests(2000, 0.0001, -1, 1, about);
    qsort(series.things, series.count, sizeof series.things[0], by_birth);
    for (size_t i = 0; i < series.count; i++) {
        first += series.things[i].born <= 0;
        second += series.things[i].born <= 1;
    }
    for (size_t i = 0; i < series.count; i++)
        add_thing(&pair, series.things[i].born, series.things[i].died, first, second, (int64_t)i);
    return pair_judge(&pair);
}

/* ---- counting ---- */

#define PAIRS 400

static unsigned count_by(struct growth_verdict judge(void), const struct row *row)
{
    unsigned count = 0;
    for (size_t i = 0; i < PAIRS; i++) {
        make_series(row->make, i);
        count += judge().kind != GROWS_NOT;
    }
    return count;
}

static unsigned count_by_time(const struct row *row)
{
    return count_by(judge_by_time, row);
}

static unsigned count_by_number(const struct row *row)
{
    return count_by(judge_by_number, row);
}

static const struct row leaking[] = {
    ROW(linear, 392, 400),
    ROW(steps, 399, 400),
    ROW(slow, 399, 400),
    ROW(slow_at_random, 376, 400),
    ROW(leak_with_a_gap, 376, 400),
    ROW(leak_that_slows_down, 368, 400),
    ROW(leak_among_short_requests, 380, 400),
    ROW(leak_among_long_requests, 380, 400),
    ROW(leak_among_requests_of_any_length, 388, 400),
    ROW(leak_under_a_garbage_collector, 392, 400),
};

static const struct row healthy[] = {
    ROW(sawtooth, 0, 1),
    ROW(garbage_collector, 0, 1),
    ROW(daily_curve_of_a_pool, 0, 1),
    ROW(daily_curve_of_connections, 0, 1),
    ROW(daily_load, 0, 1),
    ROW(rising_load, 0, 1),
    ROW(steady_requests, 0, 1),
    ROW(requests_of_one_length, 0, 1),
    ROW(connections_that_last, 0, 9),
    ROW(least_recently_used, 0, 1),
    ROW(evicted_at_random, 0, 1),
    ROW(warm_up, 0, 3),
    ROW(warm_up_among_requests, 0, 1),
    ROW(plateau, 0, 3),
    ROW(cache_fill, 0, 15),
    ROW(burst_that_ends, 0, 1),
    ROW(burst_that_stays, 0, 3),
    ROW(nothing_new, 0, 0),
};

/* Their numbers show no time in a burst of the very things. */
static const struct row leaking_after_a_burst[] = {ROW(leak_after_a_burst, 376, 400)};

static void leaks_are_found(void **state)
{
    (void)state;
    CHECK_ROWS(leaking_after_a_burst, count_by_time, PAIRS);
    CHECK_ROWS(leaking, count_by_time, PAIRS);
    CHECK_ROWS(leaking, count_by_number, PAIRS);
}

static void what_is_healthy_is_not_taken_for_a_leak(void **state)
{
    (void)state;
    CHECK_ROWS(healthy, count_by_time, PAIRS);
    CHECK_ROWS(healthy, count_by_number, PAIRS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(leaks_are_found),
        cmocka_unit_test(what_is_healthy_is_not_taken_for_a_leak),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
