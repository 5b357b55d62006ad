/*
 * What ran under `run` but is not in its report, or runs on after it: each program with the reason.
 * If there is any, the report is incomplete, so that nobody reads "nothing found" about what was
 * not looked at.
 */
#ifndef CTXREPORT_UNRECORDED_H
#define CTXREPORT_UNRECORDED_H

#include "base/error.h"
#include "ctxreport/recording.h"
#include "ctxreport/report.h"
#include "inspect/executions.h"
#include "inspect/witness.h"

struct unrecorded {
    const struct recording *recording;
    struct executions executions;
    struct {
        int pid;
        size_t count; /* of its segments, how many end with another program */
    } became;         /* of the process that was added last */
};

/*
 * Looks at what ran and what lives; `pid` was the command's. Before the segments are listed: what
 * begins to record between the two is then named as missing, and not passed over.
 */
void unrecorded_look(struct unrecorded *unrecorded, const struct recording *recording, int pid);

/* Adds the losses. Called between report_begin() and report_commit(). */
bool unrecorded_add(struct report *report, const struct unrecorded *unrecorded,
                    struct error *error);

void unrecorded_free(struct unrecorded *unrecorded);

/* Adds what was recorded and left no segment. Likewise; `end` is the command's. */
bool unrecorded_add_quiet(struct report *report, const struct unrecorded *unrecorded,
                          const struct process_end *end, struct error *error);

/*
 * The same of a program that is in the report, but not with all that it is about; or that became
 * another one which is not known. Programs of one process come one after the other.
 */
bool unrecorded_add_part(struct report *report, struct unrecorded *unrecorded,
                         const struct snapshot *snapshot, struct error *error);
/* Of a program whose segment could not be read: it is not one without. */
void unrecorded_leave_out(struct unrecorded *unrecorded, const char *segment);

#endif
