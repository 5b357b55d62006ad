/*
 * Which processes of a run are alive when its command has ended, from /proc. Also those that are
 * recorded: what they are about to do, or to become, is in no report.
 *
 * A process belongs to the run if it has the run's directory in the environment that it was started
 * with, if the journal names it, or if its parent belongs to it. One that cleared its environment
 * and whose parents have all ended is not seen; that it was started the journal says nevertheless,
 * or names the ancestor that was not recorded.
 */
#ifndef CTXTRACE_INSPECT_RUN_PROCESSES_H
#define CTXTRACE_INSPECT_RUN_PROCESSES_H

#include "inspect/executions.h"

/* Marks entries of processes that live, and adds those that are not in the result yet. */
void run_processes_add(const char *directory, struct executions *found);

#endif
