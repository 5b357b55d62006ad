/*
 * The options that `run` and `inspect` have in common.
 */
#ifndef CTXREPORT_OPTIONS_H
#define CTXREPORT_OPTIONS_H

#include "ctxreport/print_options.h"
#include "ctxreport/thresholds.h"
#include "inspect/source_argp.h"

#include <argp.h>

enum { MAX_RULES = 64 };

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

struct make_options make_options_default(void);

/* To be a child of a sub-command's argp; its input is a struct make_options. */
const struct argp *make_argp(void);

#endif
