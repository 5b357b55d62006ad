/*
 * Which processes of a run are still alive when its command has ended, from /proc. Recorded ones
 * count, too: what they will still do, or become, is in no report.
 *
 * A process belongs to the run if it has the run's directory in the environment that it was started
 * with, if the journal names it, or if its parent belongs to it. One that cleared its environment
 * and whose ancestors have all ended is not seen; but the journal says that it was started, or
 * names the ancestor that was not recorded.
 */
#ifndef CTXTRACE_INSPECT_RUN_PROCESSES_H
#define CTXTRACE_INSPECT_RUN_PROCESSES_H

#include "inspect/executions.h"

/* Marks entries of processes that live, and adds those that are not in the result yet. */
void run_processes_add(const char *directory, struct executions *found);

#endif
