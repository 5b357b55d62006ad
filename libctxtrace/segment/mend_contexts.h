/* The contexts of a program that goes on meanwhile. */
#ifndef CTXTRACE_SEGMENT_MEND_CONTEXTS_H
#define CTXTRACE_SEGMENT_MEND_CONTEXTS_H

#include "segment/reading.h"

/* With more slots than this, mending would take longer than the flaws that it removes are worth. */
enum { MOST_MENDED_CONTEXTS = 200000 };

/* False when memory ran out. */
bool read_contexts_mended(struct reading *reading);

#endif
