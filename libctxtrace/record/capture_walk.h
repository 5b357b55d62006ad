/*
 * Walking the calling thread's stack by cached rules.
 *
 * A walk ends well at a frame whose rule says that there is no caller, at a return address of 0, or
 * when it has as many frames as were asked for. It fails, and is then a matter for libunwind, when
 * a frame's rule is unknown or leads where no caller can be: each CFA must be above the one before,
 * by at most 1 MiB, and below the end of the thread's own stack. That end is taken from where
 * the thread's descriptor is, which lies behind the stack (or the initial stack's end, for the
 * main thread); for a coroutine's stack, which lies anywhere, it is a bound that is too high, and
 * what remains are the other conditions. (That is what keeps a walk out of unmapped memory when a
 * module's unwind tables are wrong; where they are right, no bound is ever met.)
 */
#ifndef CTXTRACE_RECORD_CAPTURE_WALK_H
#define CTXTRACE_RECORD_CAPTURE_WALK_H

#include "record/capture_rules.h"
#include "segment/format.h"

#include <stdbool.h>
#include <stdint.h>

/* Functions that read words of other functions' frames, which the sanitizers take for mistakes. */
#define CAPTURE_READS_STACK __attribute__((no_sanitize("address", "thread", "undefined")))

/* A frame by what unwinding needs of it; see capture_cfi.h. */
struct frame_state {
    uint64_t pc, sp, bp;
};

#define WALK_OWN_FRAMES 16
#define WALK_FRAMES     (SEGMENT_MAX_FRAMES + WALK_OWN_FRAMES)

struct walked_frame {
    uint64_t pc;
    packed_rule rule;
    uint64_t cfa; /* 0: the last frame, which has no caller */
};

#define WALK_MODULES 4

struct walked_module {
    struct module_identity identity;
    uint32_t frame;
};

struct walk {
    struct walked_frame frames[WALK_FRAMES];
    uint32_t count;
    uint32_t own;     /* how many of them, the first ones, are the library's own */
    uint64_t last_pc; /* the return address found last; of no frame here */
    bool truncated;   /* there are more; last_pc is the next one's */
    /* The modules that it goes through and that can be unloaded, and the first frame of each. */
    struct walked_module modules[WALK_MODULES];
    uint32_t module_count;
    bool not_verifiable; /* there are too many, or one that has nothing to be identified by */
};

/*
 * Walks from `start`, the state of a frame that is live until this returns, until `max_frames`
 * frames that are not the library's own. False if libunwind has to do it.
 */
bool walk_stack(struct walk *walk, const struct frame_state *start, uint32_t max_frames);

#endif
