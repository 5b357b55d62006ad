/*
 * Adding to a report: a run, and the snapshots of its programs with what the rules found.
 *
 * All of these belong between store_begin() and store_commit(). They return 0, or false, with a
 * sentence when the database could not be written; the transaction is then lost.
 */
#ifndef CTXREPORT_INGEST_H
#define CTXREPORT_INGEST_H

#include "base/error.h"
#include "ctxreport/store.h"
#include "findings/rule.h"

/* What is said of a whole run. */
struct run {
    const char *subcommand;
    const char *target;
    bool command_ended; /* run: exit_status or signal is meaningful */
    int exit_status;    /* -1 when a signal ended it */
    int signal;         /* 0 when it exited */
    int64_t made_ns;    /* since 1970 */
    struct thresholds thresholds;
};

/* Returns the id of the new run, or 0. */
int64_t ingest_run(struct store *store, const struct run *run, struct error *error);

/* Adds a snapshot and the findings about it. Returns the id of the new program, or 0. */
int64_t ingest_program(struct store *store, int64_t run_id, const struct snapshot *snapshot,
                       const struct findings *findings, struct error *error);

/*
 * The same for a report that nobody keeps: of contexts, tasks and objects only those that findings
 * are about, and no waits and events. Their numbers are in the row of the program either way.
 */
int64_t ingest_program_briefly(struct store *store, int64_t run_id, const struct snapshot *snapshot,
                               const struct findings *findings, struct error *error);

/* A loss that belongs to the run as a whole: a segment that could not be read. */
bool ingest_run_loss(struct store *store, int64_t run_id, const char *what, const char *why,
                     int64_t count, struct error *error);

/* Takes out the snapshots of a run, with all that hangs on them; the run and its samples stay. */
bool ingest_forget_programs(struct store *store, int64_t run_id, struct error *error);

/* ---- shared by the files that ingest ---- */

/* Which rows are wanted, by index in the snapshot. */
struct wanted_rows {
    bool *contexts, *tasks, *objects;
};

/*
 * Ids in the file are indexes in the snapshot plus a base: so references need no look-up. The bases
 * are the first ids that are free.
 */
struct ingest {
    struct store *store;
    struct error *error;
    const struct snapshot *snapshot;
    const struct wanted_rows *wanted; /* NULL: all */
    int64_t run_id, program_id;
    int64_t contexts, tasks, objects, waits, stacks, sites, events, findings, subjects, losses;
};

bool ingest_tables(struct ingest *ingest);
bool ingest_census(struct ingest *ingest);
bool ingest_findings(struct ingest *ingest, const struct findings *findings);

#endif
