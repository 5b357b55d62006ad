/*
 * A thread that is asleep in a system call and is left asleep: instead of being stopped it is
 * watched.
 *
 * Why: its call would notice a stop (blocking_call.h). Why that is sound: a thread that does not
 * run changes nothing. It certainly did not run between two moments if it was asleep in the same
 * call at both, and had been taken off a processor equally often:
 *
 * - Who is asleep has to be put on a processor to run, and to be asleep again it has to be taken
 *   off one, which counts as one voluntary or involuntary switch (/proc/PID/task/TID/status). The
 *   kernel names the call (/proc/PID/task/TID/syscall) only for a thread that is off the processor
 *   and not about to run, and makes sure that it stays so meanwhile.
 * - First moment: the count is read, then the call. Had it run in between, the count is too small,
 *   and it looks as if it had run later. Second moment: the call, then the count. Had it run in
 *   between, the count is too large. So both errors are on the safe side.
 *
 * All memory was read between these two moments, so it is of one instant as if the thread had been
 * stopped. If the thread did run, what was read is not used.
 *
 * Of its registers those are known that the kernel reports for a system call: the arguments, sp and
 * pc. The others are not: by Go's conventions nothing is in them across a call, and what C keeps
 * there of Go's memory its caller keeps, too.
 */
#ifndef CTXTRACE_IMAGE_SLEEPER_H
#define CTXTRACE_IMAGE_SLEEPER_H

#include "image/image.h"

struct sleeper {
    int tid;
    int64_t at_ns; /* it was asleep in this call then, or began it later; 0: nothing is known */
    long number;
    uint64_t arguments[6];
    uint64_t sp, pc;
    uint64_t switches; /* only if a stop would show in it */
    bool takes_eintr;  /* who made the call expects to be interrupted */
    bool is_left;      /* it is to be left asleep */
};

/*
 * Is the thread asleep in a call that a stop would show in? Filled in also if it is in another.
 * `tasks` is the process's directory of threads, `directory` its own. By system calls only: the
 * stopper asks, too.
 */
bool sleeper_read(int tasks, int directory, int tid, struct sleeper *sleeper);
/* Has it, which was asleep then, slept ever since? */
bool sleeper_sleeps(int tasks, const struct sleeper *sleeper);
/* Is it the same call, as far as can be said? */
bool sleeper_is_same(const struct sleeper *one, const struct sleeper *other);
void sleeper_registers(const struct sleeper *sleeper, struct image_thread *seen);

#endif
