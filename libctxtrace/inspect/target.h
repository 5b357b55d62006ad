/* Looking at what the user named: a process or a file. */
#ifndef CTXTRACE_INSPECT_TARGET_H
#define CTXTRACE_INSPECT_TARGET_H

#include "base/error.h"
#include "inspect/source.h"

/*
 * Fills in `target`, whose text and path point into `text`. A number is the PID of a live process;
 * where there is none, a file of that name. On failure returns false and a sentence.
 */
bool target_look(struct target *target, const char *text, struct error *error);

#endif
