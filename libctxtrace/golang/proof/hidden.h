/*
 * What a program hides from its garbage collector: addresses of objects that stand in memory which
 * the collector does not look through, and so no marking either.
 *
 * A program may keep an address as a number (a uintptr, say to have C call back with it), in memory
 * of C, in pages that it mapped itself, or in an object of a type without pointers, as long as
 * something else keeps the object: the stack of the goroutine that waits for it is enough. Then
 * what looks unreachable is not.
 *
 * So where something would be claimed, the memory of the program is searched for the addresses of
 * the objects that only blocked goroutines reach, and of no others:
 *
 *  - the words that are no pointers of all objects of the heap that the marking reached;
 *  - everything outside of the heap that the program may write to: data, C's heap and stacks, pages
 *    mapped by the program, shared memory.
 *
 * Left out is what the runtime itself keeps, which leads nowhere: its notes on spans and
 * goroutines, its queues and buffers of pointers while it collects, the stacks of its schedulers
 * (the parts in use are roots of the marking), and free memory of the heap. Left out are, too, the
 * stacks of goroutines: what they hold besides pointers is to the most part left over from calls
 * that have returned.
 *
 * This runs beside the program, after a stop: an address that is moved from one place to another
 * meanwhile can be missed, and so is one that stands only in a register or on the stack of a
 * goroutine as a number, in memory of a device, or in the kernel (the data of an epoll descriptor
 * or of an io_uring).
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
