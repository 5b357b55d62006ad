/*
 * What it costs that a system call restarts after a stop: a time-out that counts from the call
 * starts over, and the call ends later than it would have.
 *
 * It ends later by the time from when the call began, or last restarted, to when it restarts now.
 * The kernel does not say when it began, but there are two bounds:
 *
 * - A moment at which the thread was seen asleep in another call: this one began after it. That it
 *   was seen in this one is no bound, even if it has run since: some calls sleep on when they are
 *   woken for nothing (another thread took the event that an epoll instance had).
 * - The time-out itself: had it been over, the call would have returned before the stop. So the
 *   call ends later by less than the time-out and the stop. The time-outs of sockets cannot be read
 *   from outside without duplicating a descriptor of the program's, which can change when its
 *   socket is closed; and those of io_uring are not read.
 *
 * A call without a time-out that restarts is not late. Those that keep what is left of their
 * time-out (poll, nanosleep, see blocking_call.h) are not late either. Not seen: time-outs of
 * device drivers (a terminal's VTIME), whose calls the kernel restarts by itself.
 */
#ifndef CTXTRACE_IMAGE_CALL_RESTART_H
#define CTXTRACE_IMAGE_CALL_RESTART_H

#include "image/intervention.h"
#include "image/sleeper.h"

/* Of one thread. All 0: none restarted. */
struct call_restart {
    bool is_timed;
    int64_t since_ns;    /* the call began after that; 0: not known */
    int64_t time_out_ns; /* 0: not known */
};

/*
 * Of a stopped thread whose call will restart: `now` is the call, `before` the one that the thread
 * was in a moment ago. Uses system calls only, for it runs in the stopper.
 */
struct call_restart call_restart_of(const struct sleeper *now, const struct sleeper *before,
                                    int directory);

/* Counts it; the thread was stopped in between. */
void call_restart_count(const struct call_restart *restart, int64_t began_ns, int64_t ended_ns,
                        struct restarts *restarts);

#endif
