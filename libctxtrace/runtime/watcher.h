/* One thread that polls the descriptors of custom contexts and calls a function when one is ready.
 */
#ifndef CTXTRACE_RUNTIME_WATCHER_H
#define CTXTRACE_RUNTIME_WATCHER_H

#include <stdbool.h>

struct watch;

/*
 * Calls function(argument) once, in the watcher's thread. NULL with errno ENOMEM (memory or
 * threads), EMFILE or ENFILE.
 */
struct watch *watcher_add(int descriptor, void (*function)(void *), void *argument);

/* Withdraws it; the watch is gone then. True: the function has not been and will not be called. */
bool watcher_remove(struct watch *watch);

/* In a forked child: there is no such thread; then, what is watched is watched on. */
void watcher_fork_child(void);
void watcher_fork_resume(void);

#endif
