/* What is watched: targets, samples, the command. */
#ifndef CTXTOP_WATCHING_H
#define CTXTOP_WATCHING_H

#include "base/error.h"
#include "ctxtop/interface.h"

/* Begins to watch a target of the list; ends what was watched before. */
bool watching_begin(struct interface *interface, const char *target);
/* Ends watching and shows the list of targets. */
void watching_end(struct interface *interface);

/* Starts what the options ask for. On failure nothing is watched. */
bool watching_start(struct interface *interface, struct error *error);
/* Takes what the sampler has; returns what has to be drawn, as do the following. */
unsigned watching_collect(struct interface *interface);
/* Follows what changes by itself: the command, its output, the list of targets. */
unsigned watching_look(struct interface *interface);
/* Ends sampling, and the command or not; false if the sampler had to be left behind. */
bool watching_part(struct interface *interface);

#endif
