/* The rings of events. */
#ifndef CTXTRACE_SEGMENT_READ_EVENTS_H
#define CTXTRACE_SEGMENT_READ_EVENTS_H

#include "segment/reading.h"

/* False when memory ran out. */
bool read_events(struct reading *reading);

#endif
