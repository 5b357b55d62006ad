/*
 * Contexts with a deadline: making them, and the thread that ends those whose time has come. It is
 * started with the first deadline that is still to come. See timers.h for how it waits.
 */
#ifndef CTXTRACE_RUNTIME_DEADLINE_H
#define CTXTRACE_RUNTIME_DEADLINE_H

/* In a forked child: there is no such thread; then, deadlines that are to come are kept. */
void deadline_fork_child(void);
void deadline_fork_resume(void);

#endif
