/*
 * Stopping a live process for a moment, so that its memory is a picture of one instant.
 *
 * The program does not notice more than the pause. System calls that a stop interrupts restart by
 * themselves, but for some (epoll_wait, sigwaitinfo, ...) that would return EINTR to the program;
 * these are made to restart. Should the reader be killed while the program is stopped, the kernel
 * detaches every thread and lets it run.
 *
 * Threads: stop and resume from the same thread.
 */
#ifndef CTXTRACE_IMAGE_PROCESS_H
#define CTXTRACE_IMAGE_PROCESS_H

#include "image/image.h"

/*
 * Stops every thread, and fills in image->threads with their registers. false and a sentence, with
 * the process running on, if one could not be stopped within `timeout_ns`.
 */
bool process_stop(struct image *image, int64_t timeout_ns, struct complaint *complaint);

/*
 * Lets go of threads that did not stop in time for an earlier process_stop() and have stopped
 * since. Every other operation on a live image does this, too.
 */
void process_let_go(void);

enum glance { GLANCE_READ, GLANCE_GONE, GLANCE_FAILED };

/*
 * Stops one thread of the running process, reads its registers, and lets it go. GLANCE_GONE: it has
 * ended. GLANCE_FAILED: it did not stop in time, or may not be traced.
 */
enum glance process_glance(const struct image *image, int tid, int64_t timeout_ns,
                           struct image_thread *thread);

/* Lets it run on. Does nothing if it is not stopped. */
void process_resume(struct image *image);

#endif
