/*
 * What the memory of the C library's locks says about them, in the GNU C library's layout. A lock
 * may be looked at as long as somebody is in a call that waits for it.
 */
#ifndef CTXTRACE_PRELOAD_LIBC_LOCK_H
#define CTXTRACE_PRELOAD_LIBC_LOCK_H

#include "preload/preload.h"

/*
 * The thread id of a lock's holder; 0: nobody, readers, or not to be known. A thread that finds its
 * own there holds the lock: nobody else writes it, but who unlocks in its stead.
 */
int libc_lock_holder(const struct lock_name *lock);

/* The calling thread's id as libc writes it into locks; no system call. */
int libc_thread_id(void);

/* Bits of enum ctxt_wait_property. */
unsigned libc_lock_properties(const struct lock_name *lock);

/* Would it fail to take the lock at once, with EDEADLK, because it holds it? That is no wait. */
bool libc_lock_fails_for_holder(const struct lock_name *lock);

#endif
