/* The contexts: part of step 2. */
#ifndef CTXTRACE_SEGMENT_READ_CONTEXTS_H
#define CTXTRACE_SEGMENT_READ_CONTEXTS_H

#include "segment/reading.h"

/* False when memory ran out. */
bool read_contexts(struct reading *reading);

#endif
