/*
 * The exit status.
 */
#ifndef CTXREPORT_VERDICT_H
#define CTXREPORT_VERDICT_H

#include "base/error.h"
#include "ctxreport/format.h"
#include "ctxreport/gate.h"

enum status {
    STATUS_NOTHING_FOUND = 0,
    STATUS_FOUND = 1,
    STATUS_TROUBLE = 2, /* wrong use, unreadable input, a report that could not be written */
    STATUS_INCOMPLETE = 3,
    STATUS_SIGNAL = 128 /* plus the signal that ended the command */
};

/* What is known of runs. */
struct verdict {
    int64_t findings; /* that the gate stops, and neither known nor suppressed */
    int found_status; /* for these; 0: STATUS_FOUND */
    bool incomplete;  /* something that was alive is missing from the recording */
    int exit_status;  /* of the command, 0 if there is none */
    int signal;       /* that ended the command, 0 if none did */
};

/* The command's own failure comes first, then findings, then an incomplete recording. */
int verdict_status(const struct verdict *verdict);

/* Adds what the runs say to the verdict. */
bool verdict_add(struct verdict *verdict, const struct selection *selection,
                 const struct gate *gate, struct error *error);

#endif
