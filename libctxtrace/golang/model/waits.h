/*
 * What a goroutine waits for.
 *
 * Channels and select: the goroutine's list of sudogs. Mutex, RWMutex, WaitGroup and Cond: the
 * sudog in a stack frame of the runtime's semaphore; its goroutine must be this one. Descriptors:
 * the poll descriptor, which also names the goroutine.
 */
#ifndef CTXTRACE_GOLANG_MODEL_WAITS_H
#define CTXTRACE_GOLANG_MODEL_WAITS_H

#include "golang/capture/goroutines.h"
#include "snapshot/snapshot.h"

#define MAX_WAITS 256 /* cases of one select that are looked at */

struct go_wait {
    uint8_t object, operation; /* enum object_kind, enum wait_operation */
    bool timer;                /* a timer sends on the channel */
    bool closed;               /* the channel is */
    int32_t descriptor;        /* -1: none */
    uint32_t length, capacity; /* of the channel */
    snapshot_string text;      /* its type of elements, or what the descriptor is; see describe.h */
    uint64_t element_type;     /* of the channel */
    uint64_t address;          /* of the channel, mutex, wait group, condition; 0 none */
    uint64_t signal;           /* what the waker must be able to reach: channel, semaphore, list */
    int64_t until_ns;          /* SNAPSHOT_NEVER */
    uint32_t creation;         /* number of its call stack; see creation_stacks.h */
};

struct go_waits {
    struct go_wait items[MAX_WAITS];
    size_t count;
    uint64_t sudogs[MAX_WAITS]; /* by which it waits */
    size_t sudog_count;
    bool truncated;
    bool confirmed; /* the wait reason, and sudogs that name this goroutine, say the same */
    bool forever;   /* nothing can wake it: a nil channel, an empty select */
};

/* `stack` is the goroutine's. */
void waits_of(const struct go_program *program, const struct goroutine *goroutine,
              const struct go_stack *stack, struct go_waits *waits);

/*
 * Which descriptor it waits for, and until when. That is in the runtime's poll descriptor, which a
 * word on the stack points to. It lies outside of the heap, and no capture has it.
 */
void wait_find_descriptor(const struct go_program *program, const struct goroutine *goroutine,
                          const struct go_stack *stack, struct go_wait *wait);

#endif
