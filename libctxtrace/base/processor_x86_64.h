/* base/processor.h for x86-64. */
#ifndef CTXTRACE_BASE_PROCESSOR_X86_64_H
#define CTXTRACE_BASE_PROCESSOR_X86_64_H

#include <stdint.h>

#define PROCESSOR_COUNTER_SOURCE "tsc"

static inline uint64_t processor_counter(void)
{
    return __builtin_ia32_rdtsc();
}

static inline void processor_pause(void)
{
    __builtin_ia32_pause();
}

#endif
