/*
 * A baseline: a report whose findings are known. Those of them that a new run has, too, do not
 * change the exit status (see comparison.h for what is the same).
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
