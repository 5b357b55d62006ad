/*
 * What the processor that we run on offers beyond C, one file for each processor:
 *
 *     PROCESSOR_COUNTER_SOURCE   what the kernel calls a clock that it takes from the counter; ""
 *                                if there is none
 *     processor_counter()        the counter, which advances evenly
 *     processor_pause()          a hint within a loop that waits for another processor
 *
 * What reads and captures foreign threads is image/processor.h, and stacks record/processor.h.
 */
#ifndef CTXTRACE_BASE_PROCESSOR_H
#define CTXTRACE_BASE_PROCESSOR_H

#if defined(__x86_64__)
#include "base/processor_x86_64.h"
#else
#include "base/processor_other.h"
#endif

#endif
