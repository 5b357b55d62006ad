/*
 * The stopper: a short-lived process of ours that stops the threads of another, holds them, and
 * lets them go.
 *
 * A thread that ptrace has stopped runs on only if its tracer says so, or dies. So whoever stops
 * threads must be sure to end in time, whatever happens to anybody else. A reader cannot be sure of
 * that: it may be stopped by ^Z, frozen with its container, wait for a disk or for a terminal, or
 * simply be slow. So it does not trace; it makes a child that does nothing else.
 *
 * What ends a stop, each by itself:
 * - The reader asks for it (stopper_end()).
 * - The reader dies: the kernel kills the child (PR_SET_PDEATHSIG; the child looks afterwards
 *   whether its parent was dead before it had asked for that), and the child's death detaches.
 * - The limit is over: the child lets go by itself, and has written down that it did, so that the
 *   reader knows that what it read is of no single instant.
 * - A little later a timer of the kernel kills the child (SIGKILL sent by timer_create()), should
 *   it not get to run, or be stopped itself. Such a timer ends stopped processes, too, and in
 *   control groups of version 2 frozen ones.
 * - The child dies: its death detaches. The reader sees its socket closed, with no word that the
 *   threads were held until then.
 *
 * Not covered: a control group of version 1 that freezes the child. There SIGKILL waits.
 *
 * The child has its own session, so that no key of a terminal reaches it; no signal handlers, for
 * they are the reader's; no descriptors but its socket and the target's directory in /proc, so that
 * nobody waits for the end of a pipe that it holds. The reader can have threads, so between the
 * fork and its end the child calls only what is safe there: system calls, on memory that was mapped
 * before. It is made by clone(2) without an exit signal: a wait for the reader's own children does
 * not see it, and an ignored SIGCHLD does not reap it.
 *
 * The target is named by its directory in /proc, opened when it was known to be the one that is
 * meant: it never becomes that of another process which got the PID. A thread that was seized is
 * looked up in it before it is stopped: one of another process is not stopped, only let go.
 *
 * Where Yama lets only ancestors trace (ptrace_scope 1), and the target is a command that the
 * reader started, the child may not do what the reader may. Then a thread of the reader does the
 * same work. Its end detaches, too; but a reader that is stopped then holds its target until it
 * goes on.
 */
#ifndef CTXTRACE_IMAGE_STOPPER_H
#define CTXTRACE_IMAGE_STOPPER_H

#include "image/call_restart.h"
#include "image/image.h"
#include "image/sleeper.h"
#include "inject/obstacle.h"
#include "inject/place.h"

#include <stdatomic.h>

#define STOPPER_LET_GO_ONE_NS INT64_C(8000) /* what letting go of a thread takes */

enum stopper_result {
    STOPPER_NO_ANSWER, /* it died, or something stopped it */
    STOPPER_STOPPED,
    STOPPER_REFUSED,  /* `error` says why a thread may not be traced */
    STOPPER_LATE,     /* thread `tid` did not stop in time */
    STOPPER_EXECUTES, /* the target was starting another program */
    STOPPER_ENDED,    /* the target has ended */
    STOPPER_AGAIN,  /* more threads than there is room for, or one that is another process by now */
    STOPPER_FAILED, /* `error`: the system would not have a stopper */
};

/* What became of a stop. */
enum stop_end {
    STOP_NONE, /* nothing was stopped */
    STOP_HELD, /* until it was asked to let go */
    STOP_LIMIT,
    STOP_MOVED,        /* a thread that was left asleep has run */
    STOP_TARGET_ENDED, /* a thread was killed meanwhile */
    STOP_CLONE_ENDED,  /* the clone that was read instead, before it was asked to */
    STOP_BROKEN,       /* somebody stopped or killed the stopper */
};

enum glance { GLANCE_READ, GLANCE_GONE, GLANCE_FAILED };

struct stopper_thread {
    int tid;
    bool waited; /* it has stopped */
    bool read;   /* its registers could be */
    bool gone;
    bool watched;             /* it is asleep, and was left so */
    bool moved;               /* but has run since */
    bool away;                /* on an errand (stopper_fork.h), and not held with the others */
    int signal;               /* to be given back */
    uint8_t glance;           /* enum glance */
    struct sleeper before;    /* what it was in before it was stopped, or was left in */
    struct image_thread seen; /* its registers */
    struct call_restart restart;
};

struct stop_request {
    int pid;
    int directory;   /* /proc/PID */
    const int *tids; /* only these, one after the other; NULL: all, together */
    size_t tid_count;
    /*
     * Threads, by ascending number, that were asleep a moment ago, and in which calls. Those that
     * are to be left asleep are, if they still sleep there.
     */
    const struct sleeper *sleepers;
    size_t sleeper_count;
    int64_t limit_ns;    /* from the first thread that is stopped until the last is let go */
    int64_t patience_ns; /* how much of that is for waiting until all have stopped */
    /* The target is to clone itself, and is let go when it has; see stopper_fork.h. NULL: not. */
    const struct inject_place *place;
    int64_t child_limit_ns; /* for how long the clone may be there */
    const int *zombies;     /* ended clones of earlier readers, as the target knows them */
    size_t zombie_count;
};

/* Written by the stopper, read by who asked for it. */
struct stopper_page {
    _Atomic int end; /* enum stop_end */
    int result;      /* enum stopper_result */
    int error;
    int tid;
    int64_t began_ns;   /* before the first thread was stopped */
    int64_t stopped_ns; /* after the last was; 0: it did not come to that */
    int64_t until_ns;   /* when it will let go by itself */
    int64_t ended_ns;   /* after the last was let go; 0: it did not come to that */
    /* Where the target was to clone itself: */
    enum inject_obstacle obstacle; /* why it has not; then it is held as if it had not been asked */
    int call_error;                /* of INJECT_CALL_FAILED */
    int child;                     /* the clone; 0: none */
    _Atomic bool child_ended;      /* before the reader had asked for that */
    int64_t visit_ns;              /* how long the target was stopped to take note of its end */
    int64_t child_ns;              /* how long the clone was there */
    int left; /* ended clones that the target could not be made to take note of */
    size_t count;
    struct stopper_thread threads[];
};

#define STOPPER_LEAST_GRACE_NS INT64_C(20000000)

/* How long after its limit a stopper that has not let go is killed. */
static inline int64_t stopper_grace_ns(int64_t limit_ns)
{
    return limit_ns / 10 > STOPPER_LEAST_GRACE_NS ? limit_ns / 10 : STOPPER_LEAST_GRACE_NS;
}

struct stopper;

/*
 * Stops the threads, or glances at them; `*stopper` in any case, to be ended, or NULL when there
 * could not be one. Of a glance the threads run on when this comes back.
 */
enum stopper_result stopper_begin(const struct stop_request *request, struct stopper **stopper,
                                  int *error);
const struct stopper_page *stopper_page(const struct stopper *stopper);
/* Has the threads let go, waits until they have been, and says what became of the stop. */
enum stop_end stopper_end(struct stopper *stopper);
void stopper_free(struct stopper *stopper); /* after its end; NULL is fine */

/* For tests: a thread instead of a process, as under Yama. */
void stopper_use_thread(bool thread);

#endif
