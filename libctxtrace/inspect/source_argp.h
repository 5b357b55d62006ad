/*
 * The options of all tools that look at a target, declared once: one name and one syntax each. A
 * child for a tool's argp.
 */
#ifndef CTXTRACE_INSPECT_SOURCE_ARGP_H
#define CTXTRACE_INSPECT_SOURCE_ARGP_H

#include "inspect/source.h"

#include <argp.h>

/* The input of source_argp. */
struct source_arguments {
    struct source_options *options; /* filled in; what it holds are the defaults */
};

extern const struct argp source_argp;

#endif
