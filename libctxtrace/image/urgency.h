/*
 * Being in a hurry, because a program stands still for us. On a busy machine a copy takes longer by
 * as many times as there are others that want a processor: of a heap of 200 MB, 250 to 400 ms
 * instead of 55. Where it is permitted, this thread gets its turns before others: it has the lowest
 * real-time priority, as a niceness counts only among the processes of one session where Linux
 * groups them so (sched_autogroup). It is for what takes a few hundred milliseconds and has a
 * limit.
 *
 * Whoever enforces that limit needs the next higher priority, or could not do so on a machine with
 * one processor.
 */
#ifndef CTXTRACE_IMAGE_URGENCY_H
#define CTXTRACE_IMAGE_URGENCY_H

#include <stdbool.h>

struct urgency {
    int policy, priority; /* the thread's, before */
    bool urgent;
};

/* Of the calling thread, and of those that it makes. From and to the same thread; not nested. */
struct urgency urgency_begin(void);
void urgency_end(const struct urgency *urgency);
bool urgency_is_permitted(void); /* to the calling thread */

/*
 * Of a process that keeps others to their limits, for good; 0 is the calling thread. By a system
 * call only.
 */
void urgency_above_all(int pid);

#endif
