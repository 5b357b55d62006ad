/* The tasks: part of step 2, and what becomes of them. Both are false when memory ran out. */
#ifndef CTXTRACE_SEGMENT_READ_TASKS_H
#define CTXTRACE_SEGMENT_READ_TASKS_H

#include "segment/reading.h"

bool hold_tasks(struct reading *reading);
bool add_tasks(struct reading *reading); /* after hold_waits() */

#endif
