/* Whether this process is recorded, and the beginning of it. */
#ifndef CTXTRACE_PRELOAD_RECORDING_H
#define CTXTRACE_PRELOAD_RECORDING_H

#include <stdbool.h>

/* By the constructor. Is recording wanted, and can it begin? */
bool preload_construct(void);

/* Starts recording if that is wanted, for calls that come before our own constructor has run. */
void preload_start(void);

/*
 * Is recording on? It begins with this, if it is wanted; that it could not is noted. Changes errno.
 */
bool preload_records(void);

#endif
