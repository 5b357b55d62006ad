/* The contexts of a running program, with the parents that a single pass over the table misses. */
#ifndef CTXTRACE_SEGMENT_RETRY_ORPHANS_H
#define CTXTRACE_SEGMENT_RETRY_ORPHANS_H

#include "segment/reading.h"

/* With more slots than this, another pass takes longer than it is worth. */
enum { MOST_RETRIED_CONTEXTS = 200000 };

/* False when memory ran out. */
bool read_contexts_with_parents(struct reading *reading);

#endif
