/*
 * Stopping a live process for a moment, so that its memory is that of one instant.
 *
 * The program does not notice more than the pause. Threads that are asleep in system calls in which
 * they would notice a stop are left asleep, and what was read counts only if they stayed so
 * (sleeper.h); other calls begin again by themselves, or are made to (blocking_call.h). Whatever
 * becomes of the reader, the program runs on when the limit is over: see stopper.h.
 *
 * Every stop is counted in the image; where nothing may be done to programs, none is made
 * (intervention.h).
 */
#ifndef CTXTRACE_IMAGE_PROCESS_H
#define CTXTRACE_IMAGE_PROCESS_H

#include "base/error.h"
#include "image/image.h"
#include "image/stopper.h"

#define PAUSE_MOVERS 4096

/* One pause of a program: what it may be, and what it was. */
struct pause {
    /*
     * A thread is asleep in a call that would notice a stop: does its caller expect EINTR, and work
     * out again how long it has to sleep? Such a thread is stopped and gets EINTR. NULL: no caller
     * does.
     */
    bool (*takes_eintr)(const void *state, const struct sleeper *sleeper);
    const void *state;
    /*
     * Threads that ran although they had been left asleep, in earlier tries at this pause: they are
     * stopped this time. Filled in at STOP_MOVED. A stop may make a time-out start over, which is
     * counted (call_restart.h). If there are more threads than there is room for, all are stopped.
     */
    int movers[PAUSE_MOVERS];
    size_t mover_count;

    /*
     * The program is to clone itself; it runs on then, and what is read is its clone. NULL: it is
     * not. It is stopped as if that had not been asked for where `obstacle` says why.
     */
    const struct inject_place *place;
    int64_t clone_limit_ns; /* the clone ends when this is over, whether it was resumed or not */
    bool cloned;            /* filled in */
    enum inject_obstacle obstacle;
    int call_error; /* of INJECT_CALL_FAILED */

    int64_t limit_ns;    /* the program runs on when this is over, whether it was resumed or not */
    int64_t patience_ns; /* how much of it may go by until all have stopped; 0: half of it */
    int64_t began_ns;    /* filled in: before the first thread was stopped */
    int64_t until_ns;    /* filled in: when it, or its clone, will be let go without being asked */
    int64_t took_ns;     /* filled in: how long threads were stopped, also if it came to nothing */
    enum stop_end end;   /* filled in when it is over */
};

/*
 * Stops every thread, and fills in image->threads with their registers. Waiting for the threads to
 * stop counts as pause. false and a sentence, with the process running on, if they did not stop in
 * time, or may not be stopped.
 */
bool process_stop(struct image *image, struct pause *pause, struct error *error);

/*
 * Lets it run on, if it does not already. Only if `pause->end` is STOP_HELD now did it stand still
 * since process_stop(), and is what was read in between of one instant. `pause` may be NULL.
 */
void process_resume(struct image *image, struct pause *pause);

/*
 * The threads of a process that was stopped and runs again, with the registers of that instant; the
 * image knows none any more. The caller frees them.
 */
struct image_thread *process_take_threads(struct image *image);

/* Why what was read is not of one instant: a clause, "it was stopped for longer than ...". */
const char *process_end_text(enum stop_end end);

/*
 * Stops these threads of the running process, one after the other, reads their registers, and lets
 * them go. GLANCE_GONE: the thread has ended. GLANCE_FAILED: it did not stop within `patience_ns`,
 * or may not be traced.
 */
void process_glance(struct image *image, const int *tids, size_t count, int64_t patience_ns,
                    enum glance *glances, struct image_thread *threads);

/*
 * How long stopping all threads and letting them go will take: as long as the last time, or the
 * least it can take.
 */
int64_t process_estimate_ns(const struct image *image);

#endif
