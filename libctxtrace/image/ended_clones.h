/*
 * Clones of a process that a reader had it make, which have ended, and of which the process was not
 * told to take note: the reader was killed. See stopper_fork.h.
 */
#ifndef CTXTRACE_IMAGE_ENDED_CLONES_H
#define CTXTRACE_IMAGE_ENDED_CLONES_H

#include <stddef.h>

#define ENDED_CLONES 16 /* the others another time */

/* `directory` is the process's in /proc. Their PIDs as the process knows them. Returns how many. */
size_t ended_clones_find(int directory, int clones[ENDED_CLONES]);

#endif
