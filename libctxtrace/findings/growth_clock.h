/*
 * When the goroutines of two looks were created. Go notes that nowhere. Known is this:
 *
 * 1. They are numbered about in the order of their creation (each processor has a few numbers in
 *    advance). If as many were created at all times, the numbers are a clock: between the looks,
 *    the time is as far on as the number is between the highest of the first look and that of the
 *    second. After a burst that clock stands nearly still: of a hundred thousand that came and went
 *    in a second, and one each second in the minute after it, those of that minute all seem to have
 *    come at its end. And if most that were created are those of the place in question, it shows
 *    nothing but that: a pool that was made at once seems to have become larger all the time.
 *
 * 2. One that waits was created before its wait began, of which the snapshot has the latest time
 *    that it can have been.
 *
 * 3. What leaks waits for good where it waits first. So if those of a place that were there at the
 *    first look have not moved since then, they are of that kind, and so are those that have come:
 *    they were created when their wait began, as finely as garbage collections tell that. Workers
 *    of a pool that had to become larger have all had work to do since, and do not count as that.
 *
 * So where 3 holds, the wait is the time; else, where most numbers are of the place itself, it
 * is not known; else it is that of the number, or of the wait, if that is earlier.
 */
#ifndef CTXTRACE_FINDINGS_GROWTH_CLOCK_H
#define CTXTRACE_FINDINGS_GROWTH_CLOCK_H

#include "findings/growth_state.h"

/* Makes times of the numbers in `created`, of two looks, where it can be told; else unknown. */
void growth_clock_date(struct members *before, struct members *now);

#endif
