/*
 * Reports as users name them: FILE for all runs or the last one, FILE@N for run N, FILE@last.
 */
#ifndef CTXREPORT_REPORT_FILE_H
#define CTXREPORT_REPORT_FILE_H

#include "base/error.h"
#include "ctxreport/format.h"

enum default_runs { ALL_RUNS, LAST_RUN };

/* Opens the report and fills in the selection, with at least one run. */
bool report_file_open(struct selection *selection, const char *name, enum default_runs which,
                      struct error *error);
void report_file_close(struct selection *selection);

#endif
