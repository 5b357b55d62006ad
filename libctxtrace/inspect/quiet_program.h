/*
 * A program that was recorded but left no segment, because there was nothing to record: no context,
 * no thread, no wait.
 */
#ifndef CTXTRACE_INSPECT_QUIET_PROGRAM_H
#define CTXTRACE_INSPECT_QUIET_PROGRAM_H

#include "inspect/executions.h"
#include "inspect/witness.h"
#include "snapshot/snapshot.h"

/*
 * Its snapshot, for snapshot_free(); `end` says how it ended, if it is the process that was waited
 * for. NULL when memory ran out.
 */
struct snapshot *quiet_program(const struct execution *execution, const struct process_end *end);

/*
 * Does the live process run under libctxtrace, as far as its memory and its environment tell? If it
 * has no segment, it has recorded nothing so far, or no segment could be made for it.
 */
bool quiet_process_is_recorded(int pid);

#endif
