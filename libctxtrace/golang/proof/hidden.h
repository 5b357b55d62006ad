/*
 * What a program hides from its garbage collector: addresses of objects in memory that the
 * collector does not scan, and so a marking does not either.
 *
 * A program may keep an address as a number (a uintptr, say for a callback from C), in memory of C,
 * in pages that it mapped itself, or in an object of a type without pointers, as long as something
 * else keeps the object alive: the stack of the goroutine that waits for it is enough. Then what
 * looks unreachable is not.
 *
 * So before anything is claimed, the program's memory is searched for the addresses of those
 * objects that only blocked goroutines reach:
 *
 *  - the non-pointer words of all heap objects that the marking reached;
 *  - everything outside of the heap that the program may write to: data, C's heap and stacks, pages
 *    mapped by the program, shared memory.
 *
 * Left out is what the runtime keeps for itself, which wakes nobody: its records of spans and
 * goroutines, the collector's queues and buffers of pointers, the stacks of its schedulers (their
 * used parts are roots of the marking), and free memory of the heap. The stacks of goroutines are
 * left out, too: what they hold besides pointers is mostly left over from calls that have returned.
 *
 * The search runs after the stop, while the program runs: an address that moves from one place to
 * another meanwhile can be missed, and one is missed that is nowhere but in a register, in a number
 * on a goroutine's stack, in device memory, or in the kernel (the data of an epoll descriptor or of
 * an io_uring).
 */
#ifndef CTXTRACE_GOLANG_PROOF_HIDDEN_H
#define CTXTRACE_GOLANG_PROOF_HIDDEN_H

#include "golang/heap/pointers.h"
#include "golang/model/model.h"

struct hidden {
    uint64_t *wanted;        /* by object of the heap: its address is looked for */
    const uint64_t *reached; /* by object of the heap: it is looked through */
    /* Objects whose addresses were found. */
    uint64_t *items;
    size_t count, capacity;
    bool failed; /* memory ran out */
};

/* Fills in the items; takes the bits of what it finds out of `wanted`. `program` is a capture's. */
void hidden_find(const struct go_program *program, const struct model *model, struct masks *masks,
                 struct hidden *hidden);

#endif
