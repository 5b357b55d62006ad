/* base/processor.h for processors that have no file of their own. */
#ifndef CTXTRACE_BASE_PROCESSOR_OTHER_H
#define CTXTRACE_BASE_PROCESSOR_OTHER_H

#include <stdint.h>

#define PROCESSOR_COUNTER_SOURCE ""

static inline uint64_t processor_counter(void)
{
    return 0;
}

static inline void processor_pause(void)
{
}

#endif
