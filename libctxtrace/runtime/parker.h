/*
 * Putting one thread to sleep and waking it.
 *
 * The word is 0, NOTIFIED (1) or PARKED (-1). Notifying stores 1 and wakes if it was -1; parking
 * takes a notification if there is one and sleeps otherwise. So a notification that comes before
 * the park is not lost, and one thread alone ever parks on a parker: its own. A notification may
 * also be a late one, meant for something that has ended: whoever parks checks what it waits for,
 * and parks again.
 */
#ifndef CTXTRACE_RUNTIME_PARKER_H
#define CTXTRACE_RUNTIME_PARKER_H

#include <stdatomic.h>
#include <stdint.h>

struct parker {
    _Atomic uint32_t word;
};

/* Sleeps until notified or until the time has come (FUTEX_NO_TIMEOUT: never). 0 or ETIMEDOUT. */
int parker_park(struct parker *parker, int64_t until_ns);

/* Makes the next or present park return. All that was written before is visible to its thread. */
void parker_notify(struct parker *parker);

#endif
