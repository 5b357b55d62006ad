/*
 * Making a report: what `run` and `inspect` do alike with the snapshots that they have.
 *
 *     report_open(&report, &options, stdout, &failure) early, so that a wrong -o is known early
 *     report_begin(&report, &run, &failure)           a run
 *       report_add(&report, snapshot, NULL, &failure) for each program
 *     report_commit(&report, &failure)
 *     report_print(&report, verdict, &status, &failure)
 *     report_close(&report)
 *
 * All return false with a sentence when something fails; the report file is then as it was.
 */
#ifndef CTXREPORT_REPORT_H
#define CTXREPORT_REPORT_H

#include "base/error.h"
#include "ctxreport/baseline.h"
#include "ctxreport/ingest.h"
#include "ctxreport/options.h"
#include "ctxreport/output.h"
#include "ctxreport/verdict.h"

struct report {
    const struct make_options *options;
    struct store *store;
    struct baseline *baseline;         /* NULL: none */
    struct suppressions *suppressions; /* NULL: none */
    int64_t run_id;
    int64_t made_ns;          /* of that run */
    uint32_t found_over_time; /* findings by rules over time, of what was added last */
    struct output output;     /* where to print */
};

bool report_open(struct report *report, const struct make_options *options, FILE *standard,
                 struct error *error);

bool report_begin(struct report *report, const struct run *run, struct error *error);

/* Takes the snapshots of the run out again, to be replaced by newer ones; begins a transaction. */
bool report_begin_again(struct report *report, struct error *error);

/* Checks the rules, also those over time if `growth` is not NULL, and adds the program. */
bool report_add(struct report *report, const struct snapshot *snapshot, const struct growth *growth,
                struct error *error);

/* A loss that concerns the run as a whole: programs of which there is nothing to read. */
bool report_add_loss(struct report *report, const char *what, const char *why, int64_t count,
                     struct error *error);

/* Marks what the baseline knows, and keeps it all. */
bool report_commit(struct report *report, struct error *error);

/* Prints, and gives the exit status. `verdict` holds what is known of the command. */
bool report_print(struct report *report, struct verdict verdict, int *status, struct error *error);

void report_close(struct report *report);

#endif
