/*
 * The library's own threads, and the end of a process in which there is nothing else.
 *
 * A process ends when main() returns, when somebody calls exit(), or when its last thread ends. A
 * program whose main() has left by pthread_exit() relies on the third, and the library's own
 * threads, which wait for ever, must not keep it.
 *
 * The C library counts all threads alike. So once the main thread has left, one thread looks, some
 * times a second, whether all that are left are the library's own and none of them runs a function
 * of the program's; then it calls exit(0), which is what the C library does when the last thread
 * ends. Programs whose main thread does not leave pay nothing.
 *
 * That the main thread leaves is told by the end of a value of its own (pthread_key_create), which
 * is set when the library is loaded, whether or not that thread will ever use it. If another thread
 * loads it (dlopen), nobody sets one, and the looking begins with the first thread of the library's
 * own: once a second, until the kernel says that the main thread has left.
 */
#ifndef CTXTRACE_RUNTIME_OWN_THREADS_H
#define CTXTRACE_RUNTIME_OWN_THREADS_H

/*
 * Makes a detached thread of the library's own, with all signals blocked, shown by the tools as a
 * system task with this name. It is idle until the function says otherwise. 0 or EAGAIN.
 */
int own_thread_start(const char *name, void *(*function)(void *), void *argument);

/*
 * One more (1) or less (-1) of the library's own threads that do nothing for the program. A thread
 * counts itself, so that those which are counted are there. What is to be done for the program
 * counts from when it is due, whether or not there is a thread for it yet, until it is done.
 */
void own_threads_idle(int change);

/* In a forked child: which thread is its main thread, and that it has none of these. */
void own_threads_fork_child(void);

#endif
