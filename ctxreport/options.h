/*
 * The options that `run` and `inspect` have in common, and those of everything that prints.
 */
#ifndef CTXREPORT_OPTIONS_H
#define CTXREPORT_OPTIONS_H

#include "ctxreport/format.h"
#include "ctxreport/thresholds.h"
#include "inspect/source_argp.h"

#include <argp.h>
#include <stdio.h>

enum { MAX_RULES = 64 };

/* For `fail_on`: no finding changes the exit status. */
#define FAIL_ON_NOTHING CONFIDENCE_COUNT

/* Of everything that prints. */
struct print_options {
    const struct format *format;
    const char *to;   /* file for what is printed; NULL: a standard stream */
    unsigned fail_on; /* enum confidence, or FAIL_ON_NOTHING */
};

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

struct print_options print_options_default(void);
struct make_options make_options_default(void);

/* To be children of a sub-command's argp; their input is one of the structs above. */
extern const struct argp print_argp; /* struct print_options */
const struct argp *make_argp(void);  /* struct make_options, with print_argp as a child */

#endif
