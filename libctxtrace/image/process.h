/*
 * Stopping a live process for a moment, so that its memory is a picture of one instant.
 *
 * The program does not notice more than the pause. System calls that a stop interrupts restart by
 * themselves, but for some (epoll_wait, sigwaitinfo, ...) that would return EINTR to the program;
 * these are made to restart. Whatever becomes of the reader, the program runs on when the limit is
 * over: see stopper.h.
 *
 * Every stop is counted in the image; where nothing may be done to programs, none is made
 * (intervention.h).
 */
#ifndef CTXTRACE_IMAGE_PROCESS_H
#define CTXTRACE_IMAGE_PROCESS_H

#include "image/image.h"
#include "image/stopper.h"

/* One pause of a program: what it may be, and what it was. */
struct pause {
    int64_t limit_ns;    /* the program runs on when this is over, whether it was resumed or not */
    int64_t patience_ns; /* how much of it may go by until all have stopped; 0: half of it */
    int64_t took_ns;     /* filled in: how long threads were stopped, also if it came to nothing */
    enum stop_end end;   /* filled in when it is over */
};

/*
 * Stops every thread, and fills in image->threads with their registers. Waiting for the threads to
 * stop counts as pause. false and a sentence, with the process running on, if they did not stop in
 * time, or may not be stopped.
 */
bool process_stop(struct image *image, struct pause *pause, struct complaint *complaint);

/*
 * Lets it run on, if it does not already. Only if `pause->end` is STOP_HELD now did it stand still
 * since process_stop(), and is what was read in between of one instant. `pause` may be NULL.
 */
void process_resume(struct image *image, struct pause *pause);

/* Why what was read is not of one instant: a clause, "it was stopped for longer than ...". */
const char *process_end_text(enum stop_end end);

/*
 * Stops these threads of the running process, one after the other, reads their registers, and lets
 * them go. GLANCE_GONE: it has ended. GLANCE_FAILED: it did not stop in `patience_ns`, or may not
 * be traced.
 */
void process_glance(struct image *image, const int *tids, size_t count, int64_t patience_ns,
                    enum glance *glances, struct image_thread *threads);

/* The target's directory in /proc. */
int process_directory(const struct image *image);

#endif
