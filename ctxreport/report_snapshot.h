/*
 * A program of a report, turned back into the part of a snapshot that growth needs: its contexts
 * and tasks with their ids, kinds, names, states, parents and stacks, and since when they wait.
 */
#ifndef CTXREPORT_REPORT_SNAPSHOT_H
#define CTXREPORT_REPORT_SNAPSHOT_H

#include "base/error.h"
#include "ctxreport/store.h"
#include "snapshot/snapshot.h"

/* `program_id` is the row of programs. NULL and a sentence on failure. The caller frees it. */
struct snapshot *report_snapshot(struct store *store, int64_t program_id, struct error *error);

#endif
