/*
 * What capturing stacks needs to know of the processor, one file for each:
 *
 *     CAPTURE_WALKS     1 if stacks can be walked and recognised by capture_walk.h and
 *                       capture_layout.h; 0: libunwind does it
 *     CALLER_STATE()    the state (struct frame_state) of the caller of the function that this is
 *                       used in
 *     REGISTER_...      DWARF's numbers of registers
 *
 * With CAPTURE_WALKS there is a capture_walk_PROCESSOR.c.
 */
#ifndef CTXTRACE_RECORD_PROCESSOR_H
#define CTXTRACE_RECORD_PROCESSOR_H

#if defined(__x86_64__)
#include "record/processor_x86_64.h"
#else
#include "record/processor_other.h"
#endif

#endif
