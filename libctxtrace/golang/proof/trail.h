/*
 * Where a marking first reached each object from: the way back from an object to what leads to it.
 * One number for each object of the heap, and one root for each word outside of the heap that led
 * into it.
 */
#ifndef CTXTRACE_GOLANG_PROOF_TRAIL_H
#define CTXTRACE_GOLANG_PROOF_TRAIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pc_info;

enum origin_kind {
    ORIGIN_OBJECT,
    ORIGIN_GLOBAL,
    ORIGIN_STACK,
    ORIGIN_THREAD,
    ORIGIN_RUNTIME,
    /* Not left by a marking: objects at which a way back can end, see holders.c. */
    ORIGIN_CLOSURE,
    ORIGIN_TIMERS
};

struct origin {
    uint64_t where; /* number of the object, address of the global, or index of the goroutine or
                       thread */
    const struct pc_info
        *frame;   /* of a stack: its frame's; NULL unknown; of a closure: its entry */
    int64_t slot; /* of a stack: how far below the frame's end; 0 unknown */
    uint8_t kind;
};

struct trail {
    uint32_t *from; /* by number of the object */
    struct origin *roots;
    size_t root_count, capacity;
};

/* false when memory ran out, or for more objects than can be numbered. Free it in any case. */
bool trail_begin(struct trail *trail, uint64_t object_count);
/* false when memory ran out. */
bool trail_leave(struct trail *trail, uint64_t object, const struct origin *origin);
void trail_free(struct trail *trail);

/* From where the object was first reached; false if it was not. */
bool trail_step(const struct trail *trail, uint64_t object, struct origin *origin);

#endif
