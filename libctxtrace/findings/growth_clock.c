#include "findings/growth_clock.h"

#define LEAST_UNMOVED 4

struct number_clock {
    int64_t number, time; /* of the first look */
    int64_t numbers;      /* that were given since then */
    double per_number;    /* nanoseconds */
};

static bool is_new(const struct number_clock *clock, const struct member *member)
{
    return member->created > clock->number;
}

static bool since_is_known(const struct member *member)
{
    return member->since != SNAPSHOT_TIME_UNKNOWN;
}

/* What became of those of each site that the first look found, as the second one sees it. */
static void look_at_sites(const struct number_clock *clock, const struct members *now)
{
    for (size_t i = 0; i < now->count; i++)
        now->items[i].site->stagnation = (struct stagnation){0};
    for (size_t i = 0; i < now->count; i++) {
        const struct member *member = &now->items[i];
        struct stagnation *stagnation = &member->site->stagnation;
        if (is_new(clock, member)) {
            stagnation->new ++;
        } else if (since_is_known(member)) {
            stagnation->stayed++;
            stagnation->unmoved += member->since <= clock->time;
        }
    }
}

static bool stands_still(const struct stagnation *stagnation)
{
    return stagnation->unmoved >= LEAST_UNMOVED &&
           8 * stagnation->unmoved >= 7 * stagnation->stayed;
}

static int64_t time_of(const struct number_clock *clock, const struct member *member)
{
    int64_t time =
        clock->time + (int64_t)((double)(member->created - clock->number) * clock->per_number);
    return since_is_known(member) && member->since < time ? member->since : time;
}

static int64_t time_of_new(const struct number_clock *clock, const struct member *member)
{
    const struct stagnation *stagnation = &member->site->stagnation;
    if (stands_still(stagnation))
        return since_is_known(member) ? member->since : time_of(clock, member);
    if (2 * (int64_t)stagnation->new > clock->numbers)
        return SNAPSHOT_TIME_UNKNOWN;
    return time_of(clock, member);
}

static void date(const struct number_clock *clock, const struct members *members)
{
    for (size_t i = 0; i < members->count; i++) {
        struct member *member = &members->items[i];
        member->created =
            is_new(clock, member) ? time_of_new(clock, member) : time_of(clock, member);
    }
}

static void know_nothing(const struct members *members)
{
    for (size_t i = 0; i < members->count; i++)
        members->items[i].created = SNAPSHOT_TIME_UNKNOWN;
}

void growth_clock_date(struct members *before, struct members *now)
{
    struct number_clock clock = {.number = before->highest, .time = before->taken_ns};
    int64_t time;
    if (__builtin_sub_overflow(now->taken_ns, before->taken_ns, &time) || time <= 0 ||
        __builtin_sub_overflow(now->highest, before->highest, &clock.numbers) ||
        clock.numbers <= 0) {
        know_nothing(before);
        know_nothing(now);
        return;
    }
    clock.per_number = (double)time / (double)clock.numbers;
    look_at_sites(&clock, now);
    date(&clock, before);
    date(&clock, now);
}
