/* What the parts of the runtime do in a forked child, where only the forking thread exists. */
#ifndef CTXTRACE_RUNTIME_FORK_H
#define CTXTRACE_RUNTIME_FORK_H

/* Calls all of the below: first all that make the inherited state fit for one thread, then all
 * that start threads, which find that state and may run code of the program at once. */
void fork_child_reset(void);

void last_threads_fork_child(void);
void done_fd_fork_child(void);
void timers_fork_child(void);
void executor_fork_child(void);
void watcher_fork_child(void);
void task_fork_child(void);

/* Deadlines, functions and watches that were inherited go on. */
void timers_fork_resume(void);
void executor_fork_resume(void);
void watcher_fork_resume(void);

#endif
