/* Who was signalled and wants a mutex back: step 4, first. */
#ifndef CTXTRACE_SEGMENT_READ_REACQUIRED_H
#define CTXTRACE_SEGMENT_READ_REACQUIRED_H

#include "segment/reading.h"

/* False when memory ran out. */
bool find_reacquired(struct reading *reading);

#endif
