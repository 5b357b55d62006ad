/*
 * A baseline: a report of known findings, which do not change the exit status when a new run has
 * them, too (comparison.h says which findings are the same).
 */
#ifndef CTXREPORT_BASELINE_H
#define CTXREPORT_BASELINE_H

#include "base/error.h"
#include "ctxreport/run_findings.h"

struct baseline {
    struct run_findings known;
};

/* Reads the last run of a report as users name it. NULL and a sentence on failure. */
struct baseline *baseline_read(const char *name, struct error *error);
void baseline_free(struct baseline *baseline); /* NULL is fine */

/* Marks the findings of a run that the baseline has, once all its programs are there. */
bool baseline_mark(const struct baseline *baseline, struct store *store, int64_t run_id,
                   struct error *error);

#endif
