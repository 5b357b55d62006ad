/*
 * Waiting for the first of several things: contexts, channels, conditions, time.
 *
 * A thread that wants to block makes one `struct blocking` on its stack and, for each thing it
 * waits for, one `struct waiter` that it links into that thing's list, under that thing's lock.
 * Whoever makes one of the things ready claims the blocking, completes what is to be done for the
 * waiter (copies a value, say) and releases it. At most one claim ever succeeds:
 *
 *     WAITING ──claim(i)──▶ CLAIMED | i ──complete──▶ READY | i
 *        └─────give up (timeout)──▶ GAVE_UP
 *
 * The claimer holds the lock of the list in which the waiter stands. After it has stored READY it
 * no longer touches the blocking or the waiter, which are on a stack that may be gone; only the
 * parker, which lives for ever. The woken thread takes its other waiters out of their lists itself,
 * so a list can hold waiters whose blocking is already claimed: they fail to be claimed, and are
 * skipped.
 *
 * A waiter's `list` says where it is linked, NULL when it is not; it changes under that list's
 * lock.
 */
#ifndef CTXTRACE_RUNTIME_WAITER_H
#define CTXTRACE_RUNTIME_WAITER_H

#include "runtime/parker.h"

#include <stdbool.h>

enum { BLOCKING_CLAIMED = 1u << 30, BLOCKING_READY = 1u << 31, BLOCKING_GAVE_UP = 1u << 29 };

struct blocking {
    _Atomic uint32_t state;
    struct parker *parker;
};

struct waiter {
    struct waiter *next, *previous; /* in the list of what is waited for */
    struct waiter_list *list;
    struct waiter *next_of_thread; /* all waiters of this blocking, for fork; see thread.c */
    struct blocking *blocking;
    uint32_t index; /* the case of a select that this is */
    int status;     /* set by the claimer: 0 or an error number */
    void *value;    /* channels: where the value is or shall go */
};

struct waiter_list {
    struct waiter *first, *last;
};

/* Links at the end. The list's lock is held. */
void waiter_link(struct waiter_list *list, struct waiter *waiter);
/* Takes it out if it is in. The list's lock is held. */
void waiter_unlink(struct waiter *waiter);

/* Claims the blocking for this waiter; true: the caller must complete and release it. */
bool waiter_claim(struct waiter *waiter);
/* Releases a claimed waiter with this status, and wakes its thread. */
void waiter_release(struct waiter *waiter, int status);
/* Claims and releases everyone in the list and empties it. The lock is held. */
void waiter_wake_all(struct waiter_list *list, int status);

/* Whoever will sleep has this parker. */
void blocking_begin(struct blocking *blocking, struct parker *parker);
/*
 * Sleeps until claimed, or until the time comes. Returns the index of the waiter that was claimed,
 * or -1 when time ran out; from then on nobody claims it.
 */
int blocking_wait(struct blocking *blocking, int64_t until_ns);

#endif
