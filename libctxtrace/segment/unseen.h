/* What waits for things that nobody sees, or holds them. */
#ifndef CTXTRACE_SEGMENT_UNSEEN_H
#define CTXTRACE_SEGMENT_UNSEEN_H

#include "segment/reading.h"

/* When the waits and their owners are known. */
void add_unseen(struct reading *reading);

#endif
