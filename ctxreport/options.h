/*
 * The options that `run` and `inspect` have in common, and those of everything that prints.
 */
#ifndef CTXREPORT_OPTIONS_H
#define CTXREPORT_OPTIONS_H

#include "ctxreport/format.h"
#include "ctxreport/gate.h"
#include "ctxreport/suppression.h"
#include "ctxreport/thresholds.h"
#include "inspect/source_argp.h"

#include <argp.h>
#include <stdio.h>

enum { MAX_RULES = 64 };

/* Of everything that prints. */
struct print_options {
    const struct format *format;
    const char *to; /* file for what is printed; NULL: a standard stream */
    struct gate gate;
    int found_status;         /* exit status for findings that the gate stops */
    bool is_quiet;            /* nothing is printed if nothing was found */
    const char *suppressions; /* file; NULL: the nearest one */
    bool suppresses_nothing;
    const char *source_root; /* NULL: see print_options_root() */
    bool wants_job_summary;
};

/* The source root that the options name, or else the CI service of the format. */
const char *print_options_root(const struct print_options *options);

/* Of what makes a report. */
struct make_options {
    struct print_options print;
    const char *output;   /* report file, NULL: none is kept */
    const char *baseline; /* report whose findings are known */
    const char *rules[MAX_RULES + 1];
    size_t rule_count;
    struct thresholds thresholds;
    struct source_options source;
    struct source_arguments looking; /* while the command line is read */
};

/* Reads the suppressions that the options ask for; *suppressions is NULL if there are none. */
bool print_options_suppressions(const struct print_options *options,
                                struct suppressions **suppressions, struct error *error);

struct print_options print_options_default(void);
struct make_options make_options_default(void);

/* To be children of a sub-command's argp; their input is one of the structs above. */
extern const struct argp print_argp; /* struct print_options */
const struct argp *make_argp(void);  /* struct make_options, with print_argp as a child */

#endif
