/*
 * Saturating arithmetic for times that come from a target, which may be anything. All sums and
 * differences of times are made with these.
 */
#ifndef CTXTRACE_BASE_TIMES_H
#define CTXTRACE_BASE_TIMES_H

#include <stdint.h>

/* From one to the other; negative if `to` comes first. */
static inline int64_t time_between(int64_t from, int64_t to)
{
    int64_t between;
    if (!__builtin_sub_overflow(to, from, &between))
        return between;
    return to > from ? INT64_MAX : INT64_MIN;
}

static inline int64_t time_plus(int64_t time, int64_t more)
{
    int64_t sum;
    if (!__builtin_add_overflow(time, more, &sum))
        return sum;
    return more > 0 ? INT64_MAX : INT64_MIN;
}

/* `share` of `shares` equal parts of a duration; share <= shares, which is neither 0 nor large. */
static inline int64_t time_share(int64_t duration, unsigned share, unsigned shares)
{
    return duration / shares * share + duration % shares * share / shares;
}

#endif
