/*
 * Threads that run after-functions: each function in a thread of its own, never in the canceller's.
 *
 * A thread that has run one waits a while for the next. The first thread is made when the first
 * after-function is registered and stays, so that starting one always has a thread to go to even if
 * no new thread can be made: then it waits until one is free.
 *
 * No function is forgotten. It is queued under the lock, and `idle` counts the threads that are
 * going to look at the queue before they do anything else: a thread counts itself before it sleeps
 * and takes itself off under the lock after it has woken, claimed or not. As long as there are no
 * more functions in the queue than that, each has its thread; for one more, a thread is made. A
 * thread that wants to leave, because nobody came for it in time, looks at the queue under the same
 * lock, and stays if there is anything.
 */
#ifndef CTXTRACE_RUNTIME_EXECUTOR_H
#define CTXTRACE_RUNTIME_EXECUTOR_H

#include "runtime/node.h"

/* Makes sure that there is a thread. False with ENOMEM: there is none and none can be made. */
bool executor_prepare(void);

/* Has the function of this after-func node called. Never fails, never waits. */
void executor_start(struct ctxt *node);

/* In a forked child: there is no such thread; then, functions that are due go on. */
void executor_fork_child(void);
void executor_fork_resume(void);

#endif
