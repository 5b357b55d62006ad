/*
 * Where a report is printed to: standard output, standard error, or the file of --to.
 *
 * A file appears whole or not at all (new_file.h), also where one is replaced. What is no file (a
 * pipe, a terminal, /dev/stdout) is written to as it is.
 */
#ifndef CTXREPORT_OUTPUT_H
#define CTXREPORT_OUTPUT_H

#include "base/error.h"
#include "ctxreport/new_file.h"

#include <stdio.h>

struct output {
    FILE *stream;
    const char *name;     /* for words */
    struct new_file file; /* that takes the place of --to in the end, if it is one */
};

/* Opens the file `to`, which has to outlive it; NULL: `standard`. */
bool output_open(struct output *output, const char *to, FILE *standard, struct error *error);

/* Ends it; false and a sentence if not all of it could be written. */
bool output_close(struct output *output, struct error *error);

/* Ends it without what was written: a file is as it was. Fine when it is closed already. */
void output_abandon(struct output *output);

#endif
