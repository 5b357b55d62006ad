/*
 * A channel as the library sees it: a ring of values and two lists of waiters, under one lock.
 *
 * While the lock is free, this holds:
 *
 *     receivers that can be claimed wait only if the ring is empty and the channel open;
 *     senders that can be claimed wait only if the ring is full and the channel open;
 *     senders and receivers of two different blockings do not wait at once.
 *
 * A waiter is linked only after channel_send_now() or channel_receive_now() has said EAGAIN under
 * the same hold of the lock, and whoever makes it possible to go on serves the longest waiter under
 * the lock (or all, in closing). So no wake-up is lost, and values are handed over in order. "That
 * can be claimed": a select that has gone on elsewhere leaves waiters behind until it takes them
 * out; they are skipped.
 *
 * The references in the segment are what leak proofs rest on. A task that was served but has not
 * run yet still counts as blocked there, while the one that served it may have given back its
 * reference already; that must not look like a channel which only blocked tasks hold. Therefore
 * serving records a reference, which the served task takes back once it is recorded as running
 * again (channel_served).
 */
#ifndef CTXTRACE_RUNTIME_CHANNEL_H
#define CTXTRACE_RUNTIME_CHANNEL_H

#include "record/record.h"
#include "runtime/ranked_lock.h"
#include "runtime/waiter.h"

#include <ctxtrace/channel.h>

struct ctxt_chan {
    struct lock lock;
    bool closed;
    _Atomic uint32_t references;
    size_t value_size, capacity;
    size_t first, length; /* of the ring, in values */
    struct waiter_list senders, receivers;
    struct record_slot record;
    unsigned char values[];
};

/*
 * 0, EPIPE (closed; a receiver's value is zeroed) or EAGAIN (would have to wait). The lock is held.
 * Errors are the channel's state; nothing is done then.
 */
int channel_send_now(struct ctxt_chan *channel, const void *value);
int channel_receive_now(struct ctxt_chan *channel, void *value);

/* The calling task was claimed by another task on this channel, and its wait is over. */
void channel_served(struct ctxt_chan *channel);

/* What is left to do for a receiver that was woken by closing. */
void channel_zero(const struct ctxt_chan *channel, void *value);

/*
 * What ctxt_chan_send() and ctxt_chan_receive() do when they have to wait: a select of this case
 * and the end of its context, recorded as one wait. Returns the case's status or the context's
 * error.
 */
int select_one(struct ctxt *context, ctxt_case_t wanted);

#endif
