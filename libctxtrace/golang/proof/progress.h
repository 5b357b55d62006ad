/*
 * Has every thread that ran Go code made progress since it was captured?
 *
 * A claim rests on two captures, and they count as two only if they are independent. On a busy
 * machine they need not be: 20 ms later, 19 of 113 threads that had been stopped in Go code were at
 * the same instruction with the same registers, as they had not been scheduled yet. Whatever such a
 * thread held at the first stop, in a place that is not looked at, it still holds at the second. So
 * the second capture has to wait until all of them have moved, or have computed for a clock tick: a
 * loop of one instruction, as `for {}` is, looks the same for ever. A thread that sleeps in the
 * scheduler, or in a system call or in C on behalf of a goroutine, holds nothing that its
 * goroutine's stack does not, and need not move. Only those that have made no progress are looked
 * at again, each stopped by itself for a moment.
 */
#ifndef CTXTRACE_GOLANG_PROOF_PROGRESS_H
#define CTXTRACE_GOLANG_PROOF_PROGRESS_H

#include "golang/capture/unwind.h"

struct laggard {
    struct image_thread thread; /* as it was captured */
    int64_t user_ticks;         /* later, before it was waited for; see image/user_time.h */
};

struct progress {
    struct laggard *laggards; /* ran Go code in the capture, and did not go on since */
    size_t count;
    bool was_at_rest; /* no thread ran Go code in the capture */
};

/*
 * Notes the threads that ran Go code, of the stopped program or of its capture. false when
 * memory ran out. Free it in any case.
 */
bool progress_begin(const struct go_program *program, struct progress *progress);
void progress_free(struct progress *progress);

/*
 * Waits, for at least `pause_ns`, until all of them have made progress, or until the deadline
 * (monotonic). Returns whether none is left.
 */
bool progress_wait(struct image *image, struct progress *progress, int64_t pause_ns,
                   int64_t deadline_ns);

#endif
