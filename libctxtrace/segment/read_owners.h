/* Who owns the mutexes that are waited for: step 4. */
#ifndef CTXTRACE_SEGMENT_READ_OWNERS_H
#define CTXTRACE_SEGMENT_READ_OWNERS_H

#include "segment/reading.h"

/* False when memory ran out. */
bool read_owners(struct reading *reading);

#endif
