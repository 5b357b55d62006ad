/*
 * Two looks show at most that there are more: what the second one saw may be the peak of a busy
 * hour. But each thing that is there carries the time at which it was created, so that those that
 * stayed tell of the time between the looks as well: of a leak some were created in each third of
 * it; of a pool that follows the load, of a burst, and of what warmed up and does no more, they all
 * come from one part. (Of goroutines see growth_clock.h.)
 *
 * The rules are those of growth_verdict.c. Counted are things older than a lag L, the shortest for
 * which as many came to be that old as went: B >= 4 D + 4, where B are those created in
 * (first look - L, second look - L] that are there at the second look, and D those that were older
 * than L at the first look and have gone. So requests, which are young at both looks, do not count.
 * The thirds are thirds of that interval.
 *
 * Contexts of Go programs carry no time. Of these all count, and some must have stayed; whether
 * they still become more is not known then, and the finding says so.
 */
#include "findings/growth_pair.h"

#include "base/invariant.h"

#define MOST_LAG (PAIR_PARTS / 3)

static unsigned in_parts(int64_t time, int64_t length)
{
    double parts = (double)time * PAIR_PARTS / (double)length;
    return parts < 0 ? 0 : parts > PAIR_PARTS ? PAIR_PARTS : (unsigned)parts;
}

void pair_add(struct growth_pair *pair, enum pair_fate fate, int64_t first, int64_t second,
              int64_t created)
{
    int64_t length, time;
    bool is_new = fate == PAIR_NEW;
    if (__builtin_sub_overflow(second, first, &length) || length <= 0 ||
        __builtin_sub_overflow(is_new ? created : first, is_new ? first : created, &time)) {
        pair_add_undated(pair, fate);
        return;
    }
    unsigned when = in_parts(time, length);
    if (is_new && when < PAIR_PARTS)
        when++;
    pair->counts[fate][when]++;
}

/* What is there may be of any age, so it is taken for old. */
void pair_add_undated(struct growth_pair *pair, enum pair_fate fate)
{
    if (fate == PAIR_NEW)
        pair->new_at_some_time++;
    else
        pair->counts[fate][PAIR_PARTS]++;
}

static uint32_t sum(const uint32_t *counts, unsigned from, unsigned to)
{
    invariant(to <= PAIR_PARTS);
    uint32_t all = 0;
    for (unsigned i = from; i <= to; i++)
        all += counts[i];
    return all;
}

static uint32_t of_first_look(const struct growth_pair *pair, enum pair_fate fate, unsigned lag)
{
    return sum(pair->counts[fate], lag, PAIR_PARTS);
}

/* Created in that part of (first look - lag, second look - lag], counted from 1, and there. */
static uint32_t came(const struct growth_pair *pair, unsigned lag, unsigned part)
{
    invariant(part >= 1 && part <= PAIR_PARTS && lag <= PAIR_PARTS);
    return part > lag ? pair->counts[PAIR_NEW][part - lag] : pair->counts[PAIR_STAYED][lag - part];
}

static uint32_t came_between(const struct growth_pair *pair, unsigned lag, unsigned from,
                             unsigned to)
{
    uint32_t all = 0;
    for (unsigned part = from + 1; part <= to; part++)
        all += came(pair, lag, part);
    return all;
}

static struct growth_verdict verdict_of(const struct growth_pair *pair, unsigned lag)
{
    unsigned rise = PAIR_PARTS;
    while (rise > 0 && came(pair, lag, rise) == 0)
        rise--;
    uint32_t stayed = of_first_look(pair, PAIR_STAYED, lag);
    uint32_t ended = of_first_look(pair, PAIR_GONE, lag);
    return (struct growth_verdict){.kind = lag == 0 ? GROWS : GROWS_AMONG,
                                   .lag = lag,
                                   .last_rise = rise,
                                   .from = stayed + ended,
                                   .to = stayed + came_between(pair, lag, 0, PAIR_PARTS),
                                   .ended = ended};
}

/* As much as half of what leaks does not end. */
static bool most_stayed(const struct growth_pair *pair, unsigned lag)
{
    return of_first_look(pair, PAIR_GONE, lag) <= of_first_look(pair, PAIR_STAYED, lag);
}

static bool only_grows(const struct growth_pair *pair, unsigned lag)
{
    return most_stayed(pair, lag) && growth_is_one_sided(came_between(pair, lag, 0, PAIR_PARTS),
                                                         of_first_look(pair, PAIR_GONE, lag));
}

static struct growth_verdict judge_undated(const struct growth_pair *pair)
{
    uint32_t stayed = of_first_look(pair, PAIR_STAYED, 0);
    uint32_t ended = of_first_look(pair, PAIR_GONE, 0);
    uint32_t new = pair->new_at_some_time + sum(pair->counts[PAIR_NEW], 0, PAIR_PARTS);
    if (stayed == 0 || !most_stayed(pair, 0) || !growth_is_one_sided(new, ended))
        return (struct growth_verdict){0};
    return (struct growth_verdict){
        .kind = GROWS, .from = stayed + ended, .to = stayed + new, .ended = ended};
}

struct growth_verdict pair_judge(const struct growth_pair *pair)
{
    int64_t thirds[3];
    unsigned lag = 0, third = PAIR_PARTS / 3;
    if (pair->new_at_some_time > 0)
        return judge_undated(pair);
    while (lag <= MOST_LAG && !only_grows(pair, lag))
        lag++;
    if (lag > MOST_LAG)
        return (struct growth_verdict){0};
    for (unsigned i = 0; i < 3; i++)
        thirds[i] = came_between(pair, lag, i * third, (i + 1) * third);
    return growth_goes_on(thirds) ? verdict_of(pair, lag) : (struct growth_verdict){0};
}
