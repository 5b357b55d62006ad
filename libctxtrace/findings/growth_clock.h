/*
 * When the goroutines of two looks were created. Go does not record that. This much is known:
 *
 * 1. Their numbers are roughly in order of creation (each processor takes a few in advance). If
 *    they are created at a constant rate, the numbers are a clock: a number's place between the
 *    highest of the first look and that of the second is its time between the looks. After a burst
 *    that clock nearly stops: if a hundred thousand come and go in one second, and then one each
 *    second for a minute, all those of that minute seem to have come at its end. And if most of
 *    those created belong to the place in question, the clock only measures that place: a pool that
 *    was created at once seems to have grown all the time.
 *
 * 2. One that waits was created before its wait began, and the snapshot has an upper bound for that
 *    time.
 *
 * 3. What leaks waits for good in its first wait. So if those of a place that were there at the
 *    first look have not moved since, they are of that kind, and so are the newcomers: they were
 *    created when their wait began, to the precision of garbage collections. Workers of a pool that
 *    had to grow have all had work to do since, and are not of that kind.
 *
 * So if 3 holds, the time is that of the wait; otherwise, if most numbers belong to the place
 * itself, it is unknown; otherwise it is that of the number, or of the wait if that is earlier.
 */
#ifndef CTXTRACE_FINDINGS_GROWTH_CLOCK_H
#define CTXTRACE_FINDINGS_GROWTH_CLOCK_H

#include "findings/growth_state.h"

/* Turns the numbers in `created`, of two looks, into times, or into "unknown". */
void growth_clock_date(struct members *before, struct members *now);

#endif
