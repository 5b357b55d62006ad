/*
 * The stacks of a thread that belong to no goroutine: its scheduler's and its signal handler's, or
 * C's.
 */
#ifndef CTXTRACE_GOLANG_CAPTURE_THREADS_H
#define CTXTRACE_GOLANG_CAPTURE_THREADS_H

#include "golang/capture/goroutines.h"
#include "image/ranges.h"
#include "image/sleeper.h"

#define THREAD_STACKS 2

/*
 * Finds the m of each thread that was left asleep: through the goroutine that runs on it, as the
 * thread's own storage is not known.
 */
void threads_find_asleep(struct image *image, const struct goroutines *goroutines);

/* Is that the runtime, polling descriptors and timers? EINTR makes it look at its timers again. */
bool thread_is_poller(const void *program, const struct sleeper *sleeper);

/* The memory that says which m it is. */
void thread_add_locals(const struct image_thread *thread, struct ranges *ranges);

/* The parts of them that may be in use. Returns how many there are. */
size_t thread_stacks(const struct go_program *program, const struct goroutines *goroutines,
                     const struct image_thread *thread, struct memory_range stacks[THREAD_STACKS]);

/*
 * The whole of them, as far as they are known, used or not. Returns how many there are.
 */
size_t thread_whole_stacks(const struct go_program *program, const struct image_thread *thread,
                           struct memory_range stacks[THREAD_STACKS]);

/*
 * Is the thread parked in the scheduler, or the runtime's monitor (sysmon), or in a system call or
 * in C on behalf of a goroutine, whose own stack holds everything that it passed on? Then what its
 * registers and other stacks hold is stale, and the garbage collector treats it so, too. `stack` is
 * room for one.
 */
bool thread_is_idle(const struct go_program *program, const struct image_thread *thread,
                    struct go_stack *stack);

/* Is it in the middle of running code of the program or of Go's runtime? */
bool thread_runs_go(const struct go_program *program, const struct image_thread *thread,
                    struct go_stack *stack);

#endif
