/* ctxtop without a screen: --batch, --json, and output that does not go to a terminal. */
#ifndef CTXTOP_PRINT_H
#define CTXTOP_PRINT_H

#include "ctxtop/options.h"

/* Runs to the end. Returns the exit status. */
int print_run(const struct options *options);

#endif
