/*
 * For tests of what is left when a reader dies: CTXTRACE_DIE_AT_STEP=N in its environment ends it,
 * and its stopper, by SIGKILL at the Nth step of what is done inside a program (inject/step.h).
 * Only in builds with assertions.
 */
#ifndef CTXTRACE_IMAGE_DEATH_AT_STEP_H
#define CTXTRACE_IMAGE_DEATH_AT_STEP_H

/* In a stopper, before anything is done. */
void death_at_step_prepare(void);

#endif
