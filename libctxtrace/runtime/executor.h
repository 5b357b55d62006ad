/*
 * Threads that run after-functions: each function in a thread of its own, never in the canceller's.
 *
 * A thread that has run one waits a while for the next. The first thread is made when the first
 * after-function is registered and stays, so that starting one always has a thread to go to even if
 * no new thread can be made.
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
