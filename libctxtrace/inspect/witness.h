/*
 * Writes into a recording how its program ended, for those who start programs and see them end; see
 * segment/witness.h.
 */
#ifndef CTXTRACE_INSPECT_WITNESS_H
#define CTXTRACE_INSPECT_WITNESS_H

#include <stdint.h>

struct process_end {
    int pid;
    int wait_status;  /* as waitpid() gives it */
    int64_t ended_ns; /* of the monotonic clock */
};

/* `path` is a recording that the process, or another one, may have left. */
void witness_end(const char *path, const struct process_end *end);

#endif
