/*
 * The target is made to clone itself (inject/place.h) while all of its threads are stopped, and is
 * let go when it has. Its clone, with the memory of that moment, stands still for the reader, and
 * the target runs on.
 *
 * Who ends the clone, each by itself: the reader asks for it; the stopper's own limit; the
 * stopper's death, as it traces the clone (PTRACE_O_EXITKILL); and, if it died before it came to
 * set that, the clone's own sleep, which has a limit. Then a zombie is left, which only the target
 * can take note of. So its threads are stopped once more, one of them is sent to do that, and all
 * others are let go at once. A stopper that was killed cannot do that: its clone stays a zombie
 * until the next reader has it taken note of, or the target ends.
 *
 * By system calls only, see stopper.h.
 */
#ifndef CTXTRACE_IMAGE_STOPPER_FORK_H
#define CTXTRACE_IMAGE_STOPPER_FORK_H

#include "image/stopper_threads.h"

/*
 * All threads are stopped. true: there is a clone, or will have been one; the threads have been let
 * go, and the page says what became of the stop. Else they are still held, and the page says why.
 */
bool stopper_fork(struct stopper_state *work);

bool stopper_child_lives(const struct stopper_state *work);

/* Ends the clone, and has the target take note of that. */
void stopper_end_fork(struct stopper_state *work);

#endif
