/*
 * Output formats. Each writes runs of reports to a stream, from the database alone, and, if it has
 * a form for them, differences of reports and lists of targets.
 *
 * Adding a format is one file that defines a `struct format`, and one row in format_table.h.
 */
#ifndef CTXREPORT_FORMAT_H
#define CTXREPORT_FORMAT_H

#include "base/error.h"
#include "ctxreport/store.h"

#include <stdio.h>

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
    bool is_quiet;     /* a person is told nothing if there is nothing to tell */
    const struct gate *gate;
    const char *source_root; /* paths are told below it; NULL: as they are */
};

struct gate;
struct comparison;
struct growth_between;
struct watchables;

/* What `diff` found. */
struct format_difference {
    const struct comparison *comparison;
    const struct growth_between *growth;
    const struct selection *newer;
    int exit_status;
    bool is_quiet;
};

/* Errors of the stream are the caller's. */
struct format {
    const char *name;
    /* The variable of a CI service that names the source root, if no option does; or NULL. */
    const char *root_variable;
    bool needs_tables; /* also of what no finding is about: contexts, tasks and waits */
    /* False and a sentence if a report cannot be read. */
    bool (*write_report)(const struct format_request *request, struct error *error);
    /* Optional; likewise. */
    bool (*write_difference)(const struct format_difference *difference, FILE *out,
                             struct error *error);
    /* Optional. */
    void (*write_list)(const struct watchables *found, FILE *out);
};

#endif
