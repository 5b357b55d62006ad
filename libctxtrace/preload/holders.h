/*
 * Who holds the locks that are waited for, worked out while the waits begin; why, stands in
 * holders.c.
 */
#ifndef CTXTRACE_PRELOAD_HOLDERS_H
#define CTXTRACE_PRELOAD_HOLDERS_H

#include "preload/open_waits.h"

/*
 * Tells of the wait that the calling thread has just recorded what it holds, and who holds what it
 * waits for. A `lock` without an address: it waits for something else.
 */
void holders_tell(struct open_wait *wait, const struct lock_name *lock);

/* Has a mutex been seen to be unlocked by another thread than the one that held it? */
bool holders_are_passed_over(void);

/* The wait is about to be over; the thread is back in `outer`, or in none. */
void holders_forget(struct open_wait *wait, const struct open_wait *outer);

#endif
