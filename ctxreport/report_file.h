/*
 * Reports as users name them: FILE for all runs or the last one, FILE@N for run N, FILE@last.
 */
#ifndef CTXREPORT_REPORT_FILE_H
#define CTXREPORT_REPORT_FILE_H

#include "ctxreport/format.h"

enum default_runs { ALL_RUNS, LAST_RUN };

/* Opens the report and fills in the selection, with at least one run. */
bool report_file_open(struct selection *selection, const char *name, enum default_runs which,
                      struct failure *failure);
void report_file_close(struct selection *selection);

/* ---- baselines ---- */

struct baseline;

/* Reads the findings of the last run in the report. */
struct baseline *baseline_read(const char *name, struct failure *failure);

/* Did it have this finding, with at least this confidence? A known_function (ingest.h). */
bool baseline_knows(void *baseline, uint64_t fingerprint, unsigned confidence);
void baseline_free(struct baseline *baseline); /* NULL is fine */

#endif
