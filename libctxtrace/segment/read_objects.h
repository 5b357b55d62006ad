/* The objects: part of step 2, and what becomes of them. Both are false when memory ran out. */
#ifndef CTXTRACE_SEGMENT_READ_OBJECTS_H
#define CTXTRACE_SEGMENT_READ_OBJECTS_H

#include "segment/reading.h"

bool hold_objects(struct reading *reading);
bool add_objects(struct reading *reading); /* after hold_waits(), before add_waits() */

#endif
