/* record/processor.h for processors that have no file of their own. */
#ifndef CTXTRACE_RECORD_PROCESSOR_OTHER_H
#define CTXTRACE_RECORD_PROCESSOR_OTHER_H

#define CAPTURE_WALKS 0

#define CALLER_STATE()                                                                             \
    ((struct frame_state){.pc = (uint64_t)(uintptr_t)__builtin_return_address(0)})

enum { REGISTER_BP = -1, REGISTER_SP = -2, REGISTER_RETURN = -3 }; /* of no register */

#endif
