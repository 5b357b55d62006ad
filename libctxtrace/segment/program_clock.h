/*
 * The clock of a recorded program, seen from here. Both are CLOCK_MONOTONIC, but in a time
 * namespace of its own the program's has another origin (time_namespaces(7)); and since the segment
 * was made the machine may have slept, or its date have been set, so that the offset to the time of
 * day has changed.
 */
#ifndef CTXTRACE_SEGMENT_PROGRAM_CLOCK_H
#define CTXTRACE_SEGMENT_PROGRAM_CLOCK_H

#include "segment/format.h"

/* Now, by the program's clock. */
int64_t program_clock_now(const struct segment_header *header);

/* A moment of our monotonic clock as a moment of the program's. */
int64_t program_clock_from_ours(const struct segment_header *header, int64_t our_ns);

/* What turns the program's clock into the time of day, as it is now. */
int64_t program_clock_realtime_offset(const struct segment_header *header);

#endif
