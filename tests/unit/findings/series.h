/*
 * Series of which it is known whether they grow: things that come and go, at random times of which
 * each seed makes others. They are watched from 0 to 1, and may be there before that.
 */
#ifndef TESTS_FINDINGS_SERIES_H
#define TESTS_FINDINGS_SERIES_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define MOST 60000 /* things in a series */

/* ---- chance ---- */

static uint64_t random_state;

static inline double chance(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (double)(random_state >> 11) / 9007199254740992.0;
}

static inline double between(double low, double high)
{
    return low + (high - low) * chance();
}

static inline double exponential(double mean)
{
    return -mean * log(1 - chance());
}

/* ---- a series ---- */

struct series {
    struct {
        double born, died;
    } things[MOST];
    size_t count;
};

static struct series series;

static inline void add(double born, double died)
{
    assert_true(series.count < MOST);
    series.things[series.count].born = born;
    series.things[series.count++].died = died;
}

#define NEVER HUGE_VAL

/* Arrivals at random, `rate` of them in a watch; each stays for `stay` on average. */
static inline void add_requests(double rate, double stay, double from, double to,
                                double (*draw)(double mean))
{
    for (double at = from + exponential(1 / rate); at < to; at += exponential(1 / rate))
        add(at, at + (stay == NEVER ? NEVER : draw(stay)));
}

static inline double about(double mean)
{
    return mean * between(0.5, 1.5);
}

/*
 * A level that somebody keeps: things are added when it rises, and the youngest (or the oldest) go
 * when it falls.
 */
static inline void follow(double (*level)(double time), bool youngest_go)
{
    static size_t there[MOST];
    size_t first = 0, end = 0;
    for (int tick = -1000; tick <= 1000; tick++) {
        double time = tick / 1000.0, wanted = level(time);
        for (; end - first < wanted; there[end++] = series.count - 1)
            add(time, NEVER);
        while (end > first && (double)(end - first) - 1 >= wanted)
            series.things[there[youngest_go ? --end : first++]].died = time;
    }
}

/* ---- what there may be ---- */

typedef void pattern(void);

static double phase, period, rise_end, height; /* of the pattern at hand */

static inline void linear(void)
{
    add_requests(between(20, 300), NEVER, -between(0, 1), 1, NULL);
}

static inline void steps(void)
{
    for (double at = -1 + chance() / 5; at < 1; at += 0.2)
        for (int i = 0; i < 10; i++)
            add(at, NEVER);
}

static inline void slow(void)
{
    for (double at = -1 + chance() / 5; at < 1; at += 0.2)
        add(at, NEVER);
}

static inline void slow_at_random(void)
{
    add_requests(20, NEVER, 0, 1, NULL);
}

static inline void leak_with_a_gap(void)
{
    double gap = between(0.1, 0.8);
    add_requests(40, NEVER, -0.1, gap, NULL);
    add_requests(40, NEVER, gap + 0.1, 1, NULL);
}

static inline void leak_that_slows_down(void)
{
    add_requests(60, NEVER, 0, 0.5, NULL);
    add_requests(40, NEVER, 0.5, 1, NULL);
}

static inline void leak_after_a_burst(void)
{
    add_requests(5000, NEVER, 0, 0.2, NULL);
    add_requests(60, NEVER, 0, 1, NULL);
}

static inline void late_leak(void)
{
    add_requests(120, NEVER, between(0.2, 0.5), 1, NULL);
}

static inline void leak_among_short_requests(void)
{
    add_requests(between(300, 5000), 0.003, -0.1, 1, about);
    add_requests(30, NEVER, 0, 1, NULL);
}

static inline void leak_among_long_requests(void)
{
    add_requests(between(60, 400), 0.1, -0.3, 1, about);
    add_requests(between(20, 45), NEVER, 0, 1, NULL);
}

static inline void leak_among_requests_of_any_length(void)
{
    add_requests(300, 0.03, -0.5, 1, exponential);
    add_requests(45, NEVER, 0, 1, NULL);
}

static inline double tooth(double time)
{
    return height * fmod(time + 2 + phase, period) / period;
}

static inline void reset_at_each_period(void (*fill)(double from, double to))
{
    for (double from = -2 - phase; from < 1; from += period)
        fill(from, from + period);
}

static inline void fill_a_period(double from, double to)
{
    for (double at = from + exponential(0.01); at < to; at += exponential(0.01))
        add(at, to);
}

static inline void leak_under_a_garbage_collector(void)
{
    period = between(0.05, 0.25);
    phase = between(0, period);
    reset_at_each_period(fill_a_period);
    add_requests(60, NEVER, 0, 1, NULL);
}

/* One clerk serves them in order, and does not keep up. */
static inline void backlog(void)
{
    double free_at = 0, rate = between(500, 1500), service = between(1.25, 1.6) / rate;
    for (double at = exponential(1 / rate); at < 1; at += exponential(1 / rate)) {
        free_at = (free_at > at ? free_at : at) + about(service);
        add(at, free_at);
    }
}

static inline void sawtooth(void)
{
    period = between(0.1, 0.9);
    phase = between(0, period);
    height = between(5, 200);
    follow(tooth, chance() < 0.5);
}

static inline void garbage_collector(void)
{
    period = between(0.05, 0.6);
    phase = between(0, period);
    reset_at_each_period(fill_a_period);
}

static inline double wave(double time)
{
    return height * (1.2 + sin(6.283185307 * (time + phase) / period));
}

static inline void daily_curve_of_a_pool(void)
{
    period = between(0.1, 1);
    phase = between(0, period);
    height = between(5, 100);
    follow(wave, true);
}

static inline void daily_curve_of_connections(void)
{
    period = between(0.1, 1);
    phase = between(0, period);
    height = between(5, 100);
    follow(wave, false);
}

/* Requests as long as ever, and more and more of them: thinned out of the highest rate. */
static inline void add_load(double (*rate)(double time), double highest, double stay)
{
    for (double at = -1; at < 1; at += exponential(1 / highest))
        if (chance() * highest < rate(at))
            add(at, at + exponential(stay));
}

static inline double rising(double time)
{
    return 300 + 1200 * (time < 0 ? 0 : time);
}

static inline void rising_load(void)
{
    add_load(rising, 1500, between(0.005, 0.08));
}

static inline void daily_load(void)
{
    period = between(0.1, 2);
    phase = between(0, period);
    height = 600;
    add_load(wave, 2.2 * height, between(0.005, 0.05));
}

static inline void steady_requests(void)
{
    add_requests(between(20, 3000), between(0.002, 0.3), -3, 1, exponential);
}

static inline void requests_of_one_length(void)
{
    double stay = between(0.01, 0.6);
    for (double at = -1; at < 1; at += exponential(0.01))
        add(at, at + stay);
}

static inline void connections_that_last(void)
{
    double there = between(5, 200), stay = between(2, 20);
    for (int i = 0; i < (int)there; i++)
        add(-1, exponential(stay));
    add_requests(there / stay, stay, 0, 1, exponential);
}

/* Full, and each new entry takes the place of the oldest, or of any. */
static inline void full_cache(bool oldest)
{
    static size_t entries[500];
    size_t size = (size_t)between(10, 500), next = 0;
    for (size_t i = 0; i < size; i++, entries[i - 1] = series.count - 1)
        add(-1, NEVER);
    double rate = between(10, 2000);
    for (double at = -1 + exponential(1 / rate); at < 1; at += exponential(1 / rate)) {
        size_t place = oldest ? next++ % size : (size_t)(chance() * (double)size);
        series.things[entries[place]].died = at;
        add(at, NEVER);
        entries[place] = series.count - 1;
    }
}

static inline void least_recently_used(void)
{
    full_cache(true);
}

static inline void evicted_at_random(void)
{
    full_cache(false);
}

static inline double straight_up(double time)
{
    return height * (time < 0 ? 0 : time < rise_end ? time / rise_end : 1);
}

static inline void warm_up(void)
{
    rise_end = between(0.02, 0.3);
    height = between(5, 500);
    follow(straight_up, true);
}

static inline void plateau(void)
{
    rise_end = between(0.3, 0.62);
    height = between(5, 500);
    follow(straight_up, true);
}

static inline double filling(double time)
{
    return time < 0 ? 0 : height * (1 - exp(-time / rise_end));
}

static inline void cache_fill(void)
{
    rise_end = between(0.03, 0.25);
    height = between(5, 500);
    follow(filling, true);
}

static inline void warm_up_among_requests(void)
{
    warm_up();
    add_requests(between(100, 1000), 0.01, -0.1, 1, about);
}

static inline void burst_that_ends(void)
{
    double at = between(0, 0.9), length = between(0.02, 0.2);
    for (int i = 0; i < 200; i++)
        add(at + between(0, length), at + length + between(0, length));
}

static inline void burst_that_stays(void)
{
    double at = between(0, 0.9);
    for (int i = 0; i < 200; i++)
        add(at + between(0, 0.08), NEVER);
}

static inline void nothing_new(void)
{
    for (int i = 0; i < 25; i++)
        add(-1, NEVER);
}

static inline void make_series(pattern *make, size_t seed)
{
    random_state = UINT64_C(0x9e3779b97f4a7c15) * (seed + 1);
    for (int warm = 0; warm < 10; warm++)
        chance();
    series.count = 0;
    make();
}

/* ---- counting ---- */

/* In how many of so many series growth may be found, to be right. */
struct row {
    const char *name;
    pattern *make;
    unsigned least, most;
};

#define ROW(pattern, least, most)                                                                  \
    {                                                                                              \
#pattern, pattern, least, most                                                             \
    }

#define CHECK_ROWS(rows, count, all) check_rows(rows, sizeof(rows) / sizeof(rows)[0], count, all)

static inline void check_rows(const struct row *rows, size_t row_count,
                              unsigned (*count)(const struct row *row), unsigned all)
{
    for (size_t i = 0; i < row_count; i++) {
        unsigned found = count(&rows[i]);
        print_message("%-36s %4u of %u\n", rows[i].name, found, all);
        if (found < rows[i].least || found > rows[i].most)
            fail_msg("%s: growth in %u of %u series, not in %u to %u", rows[i].name, found, all,
                     rows[i].least, rows[i].most);
    }
}

#endif
