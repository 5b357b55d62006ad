/*
 * The waits that the calling thread is in, by the stack frames of the wrappers that block. They
 * nest, because a signal handler can block while it interrupts a wait.
 *
 * A wait can be left without its wrapper's knowledge: siglongjmp() out of a signal handler. The
 * frame is gone then, and the record of the wait must go, too: it would say for ever that a thread
 * waits which works. So waits end here as soon as it shows: at a longjmp(), with the next wait from
 * a frame that could not exist above a live one, and with the thread.
 *
 * They stand in memory of our own, of which a thread has a pointer: its stack may be as small as
 * can be, and thread-local variables of libraries are taken from it.
 */
#ifndef CTXTRACE_PRELOAD_OPEN_WAITS_H
#define CTXTRACE_PRELOAD_OPEN_WAITS_H

#include "preload/blocked_in.h"

struct open_wait {
    const char *frame; /* an address in the wrapper's stack frame */
    uint32_t token;
    struct blocked_in *blocked_in; /* the thread's, */
    struct blocked as_seen;        /* and what stands there of this wait */
    /* The lock, while it is in the list of those waited for; else without an address, and */
    struct lock_name wanted;
    int self;                  /* the calling thread, as locks name it */
    int owner_thread;          /* that the lock named when the wait began */
    ctxt_wait_mark_t owner_in; /* the wait that it was in then, or all zero */
};

enum { MOST_OPEN_WAITS = 4 }; /* of a thread */

struct open_waits {
    struct blocked_in blocked_in; /* the innermost, for others */
    uint32_t count;
    struct open_wait waits[MOST_OPEN_WAITS]; /* the innermost last */
};

/* Those of the calling thread are here from now on; NULL: it ends. */
void open_waits_use(struct open_waits *waits);

/* A place for a wait in this frame, of which nothing is known yet; NULL: there is none left. */
struct open_wait *open_waits_push(const void *frame);
/*
 * Ends the wait of this frame, which was given the lock that it waited for or was not, and those
 * above it, which have been left. Nothing if it has been found to be left.
 */
void open_waits_end(const void *frame, bool got_lock);

/* Are there any? All of them are about to be left, or may be: their records end. */
bool open_waits_any(void);
void open_waits_end_all(void);

#endif
