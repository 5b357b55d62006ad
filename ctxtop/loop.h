/* The interactive monitor's loop. */
#ifndef CTXTOP_LOOP_H
#define CTXTOP_LOOP_H

#include "ctxtop/options.h"

/* Runs the monitor to its end. Returns the exit status. */
int loop_run(const struct options *options);

#endif
