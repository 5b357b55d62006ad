/* The contexts of a program that goes on meanwhile. */
#ifndef CTXTRACE_SEGMENT_RETRY_ORPHANS_H
#define CTXTRACE_SEGMENT_RETRY_ORPHANS_H

#include "segment/reading.h"

/* With more slots than this, looking again would take longer than it is worth. */
enum { MOST_RETRIED_CONTEXTS = 200000 };

/* False when memory ran out. */
bool read_contexts_with_parents(struct reading *reading);

#endif
