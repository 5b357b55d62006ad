/*
 * A thread's visit to the blob (place.h), by the tracer that has stopped it: chosen, sent, seen to
 * do its errand, and seen off. By system calls only: it is done in a stopper, and its death at any
 * moment does no harm.
 */
#ifndef CTXTRACE_INJECT_VISIT_H
#define CTXTRACE_INJECT_VISIT_H

#include "inject/errand.h"
#include "inject/obstacle.h"
#include "inject/place.h"

#include <sys/user.h>

struct visit {
    const struct inject_place *place;
    struct errand errand;
    int tid;
    int children; /* a signalfd for SIGCHLD; -1: none */
    struct user_regs_struct rewound;
    uint64_t mask;
    int child;      /* of ERRAND_FORK, when it has been made: its PID as we know it */
    int64_t result; /* what the errand's call returned; of ERRAND_FORK only when it is back */
};

/*
 * Can this thread be sent? It was stopped by PTRACE_INTERRUPT. `tasks` is its process's directory
 * of threads. `takes_eintr`: it may get that. INJECT_CLEAR: the visit is its.
 */
enum inject_obstacle visit_take(struct visit *visit, int tasks, int tid, bool takes_eintr);

/*
 * Writes the blob, and sends the thread there. The caller has seen that no thread is in that place.
 */
enum inject_obstacle visit_send(struct visit *visit);

/* Until its errand is done: of ERRAND_FORK, the child is there and has its memory. */
enum inject_obstacle visit_follow(struct visit *visit, int64_t until_ns);

/*
 * Until the thread has its own registers, and takes the blob away. It is stopped then, and the
 * caller lets it go. INJECT_LATE: it still runs.
 */
enum inject_obstacle visit_see_off(struct visit *visit, int64_t until_ns);

/*
 * Sees the cloned child to its sleep: from then on it does not outlive its tracer, who is the
 * caller. false if it has ended.
 */
bool visit_settle_child(const struct visit *visit, int64_t until_ns);

/* Ends it and takes note of that, as its tracer; its parent has to be sent to do that, too. */
void visit_kill_child(const struct visit *visit, int64_t until_ns);

#endif
