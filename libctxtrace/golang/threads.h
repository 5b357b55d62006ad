/*
 * The stacks of a thread that are no goroutine's: those of its scheduler and of its signal handler,
 * or C's.
 */
#ifndef CTXTRACE_GOLANG_THREADS_H
#define CTXTRACE_GOLANG_THREADS_H

#include "golang/goroutines.h"

#define THREAD_STACKS 2

/* The parts of them that may be in use. Returns how many there are. */
size_t thread_stacks(const struct go_program *program, const struct goroutines *goroutines,
                     const struct image_thread *thread, struct memory_range stacks[THREAD_STACKS]);

#endif
