/* Tasks that nobody sees, which may wait for things or hold them. */
#ifndef CTXTRACE_SEGMENT_UNSEEN_H
#define CTXTRACE_SEGMENT_UNSEEN_H

#include "segment/reading.h"

/* When the waits and their owners are known. */
void add_unseen(struct reading *reading);

#endif
