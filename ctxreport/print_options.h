/*
 * The options of everything that prints: as what, where to, what is told, and when it is a failure.
 */
#ifndef CTXREPORT_PRINT_OPTIONS_H
#define CTXREPORT_PRINT_OPTIONS_H

#include "base/error.h"
#include "ctxreport/format.h"
#include "ctxreport/gate.h"
#include "ctxreport/suppression.h"

#include <argp.h>

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

struct print_options print_options_default(void);

/* To be a child of a sub-command's argp; its input is the struct above. */
extern const struct argp print_argp;

/* The source root that the options name, or else the CI service of the format; or NULL. */
const char *print_options_root(const struct print_options *options);

/* Reads the suppressions that the options ask for; *suppressions is NULL if there are none. */
bool print_options_suppressions(const struct print_options *options,
                                struct suppressions **suppressions, struct error *error);

#endif
