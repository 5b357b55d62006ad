/*
 * Output formats. Each writes runs of reports to a stream, from the database alone.
 *
 * Adding a format is one file that defines a `struct format`, and one row in format_table.c.
 */
#ifndef CTXREPORT_FORMAT_H
#define CTXREPORT_FORMAT_H

#include <stdio.h>

#include "ctxreport/store.h"

/* Runs of one report. */
struct selection {
    struct store *store;
    const int64_t *runs;
    size_t run_count;
};

struct format_request {
    const struct selection *selections;
    size_t selection_count;
    FILE *out;
    int exit_status;   /* what the tool will exit with; machine-readable formats say it */
    bool whole_tables; /* also every context, task, wait, object, stack and event */
};

struct format {
    const char *name;
    const char *description;
    /* False and a sentence if a report cannot be read. Errors of the stream are the caller's. */
    bool (*write)(const struct format_request *request, struct failure *failure);
};

/* Ends with NULL; the first is the default. */
extern const struct format *const format_table[];
const struct format *format_find(const char *name);

extern const struct format format_text;
extern const struct format format_json;
extern const struct format format_sarif;

#endif
