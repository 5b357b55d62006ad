/* Is what came out of a scenario the whole of it? */
#ifndef CTXTRACE_TESTS_DIGEST_H
#define CTXTRACE_TESTS_DIGEST_H

#include "findings/findings.h"
#include "snapshot/snapshot.h"

/* A hash of the contexts, tasks, waits and named frames of a snapshot, and of what was lost. */
uint64_t digest_of(const struct snapshot *snapshot);
/* The same of findings, with their sentences. */
uint64_t digest_of_findings(const struct findings *findings);

uint64_t digest_of_file(const char *path);

/*
 * A scenario that says that it succeeded has made the same each time. `whole` is 0 at first. Files
 * that could not be opened for want of descriptors are as good as not there, so they make a
 * difference that is none of ours.
 */
void digest_check(uint64_t *whole, uint64_t digest);

#endif
