/*
 * Has every thread that ran Go code gone on since it was captured?
 *
 * A claim rests on two captures, and they count as two only if they are independent. On a busy
 * machine they need not be: 20 ms later, 19 of 113 threads that had been stopped in Go code stood
 * at the same instruction with the same registers, as their turn had not come yet. Whatever such a
 * thread had in its hands at the first stop, in a place where it is not looked for, it has at the
 * second, too. So the second capture has to wait until all of them have moved. A thread that sleeps
 * in the scheduler, or in a system call or in C on behalf of a goroutine, has nothing in its hands
 * that its goroutine's stack does not have, and need not move. Only those that have not moved are
 * looked at again, each stopped by itself for a moment.
 */
#ifndef CTXTRACE_GOLANG_PROOF_PROGRESS_H
#define CTXTRACE_GOLANG_PROOF_PROGRESS_H

#include "golang/capture/unwind.h"

struct progress {
    struct image_thread *laggards; /* ran Go code in the capture, and did not move since */
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
 * Waits, at least for `pause_ns`, until all of them have moved, or until the deadline (monotonic).
 * Are there none left?
 */
bool progress_wait(struct image *image, struct progress *progress, int64_t pause_ns,
                   int64_t deadline_ns);

#endif
