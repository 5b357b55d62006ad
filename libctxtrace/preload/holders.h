/*
 * Who holds the locks that are waited for, worked out while the waits begin. holders.c has the
 * reasons.
 */
#ifndef CTXTRACE_PRELOAD_HOLDERS_H
#define CTXTRACE_PRELOAD_HOLDERS_H

#include "preload/open_waits.h"

/*
 * Adds to the wait that the calling thread has just recorded which of the wanted locks the thread
 * holds, and who holds the lock that it waits for. A `lock` without an address: it waits for
 * something else.
 */
void holders_record(struct open_wait *wait, const struct lock_name *lock);

/* Has any thread been seen to get a lock that another one held and never unlocked itself? */
bool holders_were_bypassed(void);

/*
 * The wait is about to be over; the thread is back in `outer`, or in none. A lock that it was not
 * given is not looked at: it may be gone.
 */
void holders_end_wait(struct open_wait *wait, const struct open_wait *outer, bool got_lock);

#endif
