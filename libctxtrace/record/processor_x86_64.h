/* record/processor.h for x86-64. */
#ifndef CTXTRACE_RECORD_PROCESSOR_X86_64_H
#define CTXTRACE_RECORD_PROCESSOR_X86_64_H

#define CAPTURE_WALKS 1

/*
 * The function has a frame pointer, because it asks for its frame's address, and so has pushed its
 * caller's first of all.
 */
#define CALLER_STATE()                                                                             \
    ({                                                                                             \
        const uint64_t *frame_ = __builtin_frame_address(0);                                       \
        (struct frame_state){                                                                      \
            .pc = frame_[1], .sp = (uint64_t)(uintptr_t)(frame_ + 2), .bp = frame_[0]};            \
    })

enum { REGISTER_BP = 6, REGISTER_SP = 7, REGISTER_RETURN = 16 };

#endif
