/*
 * The model. Things of one group come and go. If nothing is wrong with the group, then in the long
 * run as many go as come: its number is steady, or follows the load. Three kinds of growth are told
 * from that, of which each must go on until the end of the watch.
 *
 * 1. What is made stays. Under the null hypothesis "steady" an arrival and a departure are equally
 *    likely, so that of B arrivals and D departures together D is binomial with p = 1/2. Asked for
 *    is B >= 4 D + 4: the chance of that is 0.063 (D = 0), 0.020 (1), 0.006 (2), 0.001 (4). It also
 *    bounds the size of the effect, so that of thousands of arrivals a few more are not growth.
 *
 * 2. The same among others that end. Those are told apart by age: counted are only things that have
 *    been there for a time L, and L is the shortest for which B >= 4 D + 4 holds of these. A thing
 *    that belongs to a request joins them only if it outlives nearly all requests. L may be a third
 *    of the watch at most, or there is no time left in which to see growth.
 *
 * 3. A backlog. By Little's law a number is arrivals a second times stay. If it rises because of
 *    the load, things stay as long as before; a backlog shows by their staying longer. So of the
 *    cohorts of the first half and those of the second half the share that is still there after the
 *    same time is compared (two proportions, z >= 4, a difference of 0.15 at least), and the number
 *    must have grown by three times the root of B + D, its standard deviation under a steady load.
 *
 * In all three the number must be higher at the end of each third of the watch than at the third's
 * beginning, and growth must not level off: in the last third there must be half as much as in the
 * middle one of the three. No rise is needed at each look.
 *
 * A leak that begins late in a long watch would have to wait for the first third to reach it. So
 * the same is asked of the last half of the watch, if more grew in it than in the first; departures
 * then still count from the beginning, or every rise of a daily curve would be a leak.
 *
 * So this is growth: linear, in steps, seldom, with a gap, late, after a burst; a leak among short
 * requests, among requests longer than the time between looks, under the sawtooth of a garbage
 * collector; a backlog. And this is not: a sawtooth, garbage between collections, the daily curve
 * (of a pool, of connections, of requests), a rising load; steady requests of whatever length; an
 * LRU cache, one that evicts at random; a warm-up, a cache that fills, a plateau, a burst.
 *
 * What cannot be told: the rising side of a fall that lies beyond the watch; and a steady group of
 * which only some four things come and go during the watch: four arrivals in a row may be chance.
 * test_growth_verdict.c counts how often each of these is decided wrongly.
 */
#include "findings/growth_verdict.h"

#include <math.h>

#define LEAST_GROWTH  4
#define LEAST_RATIO   4 /* of arrivals and departures */
#define LEAST_PARTS   6 /* to judge a half of them, or the cohorts of each half */
#define BACKLOG_SIGMA 3.0
#define LONGER_SIGMA  4.0
#define LONGER_SHARE  0.15

/* The parts (start, end], of which those count that have been there for `lag` parts. */
struct window {
    const struct cohorts *cohorts;
    unsigned start, end, lag;
};

static unsigned beginning_of(const struct window *window)
{
    return window->start + window->lag;
}

static int64_t growth_in(const struct window *window, unsigned from, unsigned to)
{
    return (int64_t)cohorts_there(window->cohorts, window->lag, to) -
           (int64_t)cohorts_there(window->cohorts, window->lag, from);
}

static uint32_t joined(const struct window *window)
{
    uint32_t count = 0;
    for (unsigned part = beginning_of(window) + 1; part <= window->end; part++)
        count += cohorts_joined(window->cohorts, window->lag, part);
    return count;
}

static uint32_t left(const struct window *window, unsigned from, unsigned to)
{
    uint32_t count = 0;
    for (unsigned part = from + 1; part <= to; part++)
        count += cohorts_left(window->cohorts, window->lag, part);
    return count;
}

/* ---- to the end ---- */

static int64_t median(const int64_t three[3])
{
    int64_t low = three[0] < three[1] ? three[0] : three[1];
    int64_t high = three[0] < three[1] ? three[1] : three[0];
    return three[2] < low ? low : three[2] > high ? high : three[2];
}

/*
 * Of small numbers half as much is no more than chance, hence the 2; but not if there was less and
 * less from the beginning.
 */
static bool levels_off(const int64_t thirds[3])
{
    return 2 * thirds[2] + 2 < median(thirds) ||
           (thirds[0] >= 3 * thirds[1] && thirds[1] >= 2 * thirds[2]);
}

bool growth_goes_on(const int64_t thirds[3])
{
    return thirds[0] > 0 && thirds[1] > 0 && thirds[2] > 0 && !levels_off(thirds);
}

bool growth_is_one_sided(uint64_t arrivals, uint64_t departures)
{
    return arrivals >= LEAST_RATIO * departures + LEAST_GROWTH;
}

/*
 * What goes must not be enough to make the growth of a third by chance: of a steady number it
 * deviates by the root of twice as many as go. Asked for are two deviations, so `sigma_square` is 4
 * times 2; or 0, if that was asked of the whole.
 */
static bool grows_to_the_end(const struct window *window, int64_t sigma_square)
{
    int64_t thirds[3];
    unsigned first = beginning_of(window), length = window->end - first;
    for (unsigned third = 0; third < 3; third++) {
        unsigned from = first + length * third / 3, to = first + length * (third + 1) / 3;
        thirds[third] = growth_in(window, from, to);
        if (thirds[third] * thirds[third] < sigma_square * left(window, from, to))
            return false;
    }
    return growth_goes_on(thirds);
}

static struct growth_verdict verdict_of(enum growth_kind kind, const struct window *window)
{
    unsigned first = beginning_of(window), rise = window->end;
    while (rise > first && growth_in(window, rise - 1, rise) <= 0)
        rise--;
    return (struct growth_verdict){
        .kind = kind,
        .lag = window->lag,
        .start = first,
        .last_rise = rise,
        .from = cohorts_there(window->cohorts, window->lag, first),
        .to = cohorts_there(window->cohorts, window->lag, window->end),
        .ended = left(window, first, window->end),
    };
}

/* ---- what stays ---- */

/*
 * Nobody knows how old those were that the first look found. Those of them that went before they
 * had been there for the lag count as no older only as far as others were seen to go at such an
 * age.
 */
static uint32_t left_unexplained(const struct window *window)
{
    uint32_t of_the_first = 0, as_young = 0;
    for (unsigned gone = 1; gone <= window->end; gone++) {
        if (gone <= window->lag)
            of_the_first += window->cohorts->gone[0][gone];
        for (unsigned born = gone > window->lag ? gone - window->lag : 1; born <= gone; born++)
            as_young += window->cohorts->gone[born][gone];
    }
    return of_the_first > as_young ? of_the_first - as_young : 0;
}

static bool only_grows(const struct window *window)
{
    uint64_t departures =
        (uint64_t)left(window, window->lag, window->end) + left_unexplained(window);
    return growth_is_one_sided(joined(window), departures);
}

/* The shortest lag decides: a longer one hides how long ago growth ended. */
static struct growth_verdict judge_what_stays(struct window window)
{
    unsigned most = (window.end - window.start) / 3;
    while (window.lag <= most && !only_grows(&window))
        window.lag++;
    if (window.lag > most || window.end - beginning_of(&window) < 3 ||
        !grows_to_the_end(&window, 8))
        return (struct growth_verdict){0};
    return verdict_of(window.lag == 0 ? GROWS : GROWS_AMONG, &window);
}

/* What has begun late has grown more in the last half than in the first. */
static struct growth_verdict judge_last_half(struct window window)
{
    window.start = window.end / 2;
    struct growth_verdict verdict = judge_what_stays(window);
    window.lag = verdict.lag;
    unsigned middle = beginning_of(&window);
    if (growth_in(&window, middle, window.end) < growth_in(&window, window.lag, middle))
        return (struct growth_verdict){0};
    return verdict;
}

/* ---- what stays longer and longer ---- */

struct share {
    double all, still_there;
};

/* Of the cohorts (from, to], `lag` parts later. */
static struct share share_of(const struct cohorts *cohorts, unsigned from, unsigned to,
                             unsigned lag)
{
    struct share share = {0};
    for (unsigned born = from + 1; born <= to; born++) {
        share.all += cohorts->born[born];
        share.still_there += cohorts_joined(cohorts, lag, born + lag);
    }
    return share;
}

static bool is_higher(struct share later, struct share earlier)
{
    if (later.all == 0 || earlier.all == 0)
        return false;
    double difference = later.still_there / later.all - earlier.still_there / earlier.all;
    double pooled = (later.still_there + earlier.still_there) / (later.all + earlier.all);
    double deviation = sqrt(pooled * (1 - pooled) * (1 / later.all + 1 / earlier.all));
    return difference >= LONGER_SHARE && difference >= LONGER_SIGMA * deviation;
}

static bool stays_longer(const struct window *window)
{
    for (unsigned lag = 0; lag <= window->end / 2; lag++) {
        unsigned cohorts = window->end - lag;
        if (is_higher(share_of(window->cohorts, cohorts / 2, cohorts, lag),
                      share_of(window->cohorts, 0, cohorts / 2, lag)))
            return true;
    }
    return false;
}

/* At no look between the ends of parts had it fallen by a quarter of what it grew by altogether. */
static bool never_falls_far(const struct window *window, double growth)
{
    for (unsigned part = 1; part <= window->end; part++) {
        double before = cohorts_there(window->cohorts, 0, part - 1);
        if (before - window->cohorts->lowest[part] > growth / 4)
            return false;
    }
    return true;
}

static struct growth_verdict judge_backlog(struct window window)
{
    double growth = (double)growth_in(&window, 0, window.end);
    double turnover = (double)joined(&window) + left(&window, 0, window.end);
    if (growth < LEAST_GROWTH || growth < BACKLOG_SIGMA * sqrt(turnover) ||
        !never_falls_far(&window, growth) || !grows_to_the_end(&window, 0) ||
        !stays_longer(&window))
        return (struct growth_verdict){0};
    return verdict_of(GROWS_BEHIND, &window);
}

/* ---- all of it ---- */

struct growth_verdict growth_judge(const struct cohorts *cohorts, unsigned parts)
{
    const struct window all = {.cohorts = cohorts, .end = parts};
    struct growth_verdict verdict = judge_what_stays(all);
    if (verdict.kind == GROWS_NOT && parts >= LEAST_PARTS)
        verdict = judge_last_half(all);
    if (verdict.kind == GROWS_NOT && parts >= LEAST_PARTS)
        verdict = judge_backlog(all);
    return verdict;
}
