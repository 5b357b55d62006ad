/*
 * One thread that polls the descriptors of custom contexts and calls a function when one is ready.
 *
 * No watch is missed. It is put into the list, and then the thread's own descriptor is signalled.
 * The thread takes that signal away before it gathers the list again, so either it gathers the
 * watch, or the signal is still there and ends its next poll.
 *
 * Each is called once, and none that was withdrawn. What a poll has found is no more than a hint,
 * as the watch may be gone since, and its descriptor closed and its number given to another. So the
 * thread looks for a watch of that number under the lock, asks again whether it is ready, and takes
 * it out of the list; whoever withdraws one does the same, and whoever takes it out decides. The
 * function is called without the lock. Until it returns, the watch has the reference that came with
 * the list.
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
