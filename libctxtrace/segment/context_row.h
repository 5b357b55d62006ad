/* One row of the table of contexts, for the two ways of reading it. */
#ifndef CTXTRACE_SEGMENT_CONTEXT_ROW_H
#define CTXTRACE_SEGMENT_CONTEXT_ROW_H

#include "segment/reading.h"

/* Adds one context, given its slot and the slot's words. False when memory ran out. */
bool add_context(struct reading *reading, uint64_t slot, const uint64_t *words);

#endif
