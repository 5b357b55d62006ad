/*
 * What the kernel calls the threads of a live process: ps, top and gdb show these names. A thread
 * has the name of the thread that created it, until somebody gives it one of its own: by
 * pthread_setname_np(), prctl() or /proc. The main thread's is that of the program.
 */
#ifndef CTXTRACE_IMAGE_THREAD_NAMES_H
#define CTXTRACE_IMAGE_THREAD_NAMES_H

#include <stdbool.h>
#include <sys/types.h>

enum { THREAD_NAME_SIZE = 64 }; /* the kernel's own threads have names of more than 15 bytes */

struct thread_names {
    pid_t pid; /* 0: no names */
    char of_program[THREAD_NAME_SIZE];
};

/* 0: not alive, or its threads have other numbers here. */
void thread_names_init(struct thread_names *names, pid_t pid);

/*
 * A thread's name, if it differs from the program's. Control characters are not escaped. Not for
 * the main thread.
 */
bool thread_name(const struct thread_names *names, pid_t thread, char text[THREAD_NAME_SIZE]);

#endif
