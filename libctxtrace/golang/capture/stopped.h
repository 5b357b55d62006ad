/*
 * Captures of a live program, which is stopped for as long as copying takes, but no longer than
 * allowed. If threads that were left asleep wake up, it is tried again, and they are stopped like
 * the others.
 */
#ifndef CTXTRACE_GOLANG_CAPTURE_STOPPED_H
#define CTXTRACE_GOLANG_CAPTURE_STOPPED_H

#include "base/error.h"
#include "golang/capture/capture.h"

enum capture_outcome {
    CAPTURE_FAILED,      /* with the complaint: there is no program to look at, or no memory */
    CAPTURE_NOT_STOPPED, /* `why_not` says why */
    CAPTURE_TOO_LONG,    /* the limit was reached */
    CAPTURE_MADE         /* and sealed; the program runs on */
};

struct pause;

/* A pause of the program, as captures have it. */
struct pause stopped_pause(const struct go_program *program, int64_t limit_ns);

/*
 * Captures the program in such a pause: as it stands still, or, where the pause asks for that, a
 * clone of it; if it could not be cloned, the pause's `obstacle` and `why_not` say why. Else as
 * capture_stopped().
 */
enum capture_outcome stopped_capture(const struct go_program *program, struct pause *pause,
                                     struct go_capture *capture, struct error *why_not,
                                     struct error *error);

/*
 * Captures the program, and the registers of its threads. The capture's `pause_ns` is filled in
 * whatever the outcome.
 */
enum capture_outcome capture_stopped(const struct go_program *program, int64_t limit_ns,
                                     struct go_capture *capture, struct error *why_not,
                                     struct error *error);

/*
 * Stops the program once more and says which of these goroutines, and only these, have `moved`
 * since they were read. `pause_ns` becomes that of this stop if it was longer. false, and
 * `why_not`, if the program could not be held for that.
 */
bool stopped_check(const struct go_program *program, int64_t limit_ns,
                   struct goroutine *const *goroutines, size_t count, int64_t *pause_ns,
                   struct error *why_not);

#endif
