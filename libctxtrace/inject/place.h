/*
 * Running a few instructions of ours inside another process, so that it makes a system call that
 * only it can make, and without its being harmed whatever becomes of us.
 *
 * The usual way has the tracer set a thread's registers, run a system call, and put the registers
 * back. A tracer that dies in between leaves the thread in the wrong place. Here *the thread
 * restores itself*: it runs a blob that ends in rt_sigreturn, on a signal frame that holds the
 * thread's own registers and signal mask and was written, beside the code, before the thread was
 * sent there. From the moment it is sent, nobody is needed to bring it back.
 *
 * The blob lies over code of the program that ran once, when it started, and never runs again. What
 * is written there through ptrace becomes the process's own copy of the page. The file's bytes are
 * written back before the thread is let go.
 *
 * Why each step may be the tracer's last, in the order in which they are taken (visit.c):
 *
 *  1. Writing the blob. No thread's pc is there (place_is_free()), and none comes there by itself.
 *     A visitor that finds a blob overwrites it; the word at its end, which is written first and
 *     taken away last, tells one that was left from code that somebody else has changed.
 *  2. Setting the registers. This is one system call, after which the thread is on its way. Its
 *     stack pointer is still its own and its signals are not blocked yet: a handler would run as
 *     it does on any stack, and return into the blob.
 *  3. Blocking its signals, so that no handler sees a pc in the blob. The blob does the same with
 *     its first system call; so no handler ever runs on the stack pointer that rt_sigreturn needs,
 *     which points into the blob. Had this come before step 2, a tracer that died between them
 *     would leave the thread deaf. When they are blocked, the thread is put behind that call.
 *  4. Letting it run. The blob writes to no memory: the frame is only read, by the kernel.
 *  5. Writing the program's bytes back, when the thread has been seen to come out of rt_sigreturn.
 *
 * Which threads may be sent: those asleep in one of the few system calls that the runtime makes
 * itself for nothing but to wait (`waits`). There vector registers hold nothing, so that the frame
 * need not have them; that the processor's control words are as the kernel resets them is checked
 * (what is lost is which floating-point exceptions have been, which Go has no way to ask for).
 * The frame has the registers rewound: the thread makes its call once more, as it would after any
 * stop, and sees no EINTR. But rt_sigreturn makes the kernel forget what is left of a time-out. So
 * a thread that waits with one is taken only when it is so short that sleeping it over does no
 * harm, or, last of all, if it expects to be interrupted (`takes_eintr`).
 *
 * A child that is cloned in a blob names itself, sleeps for as long as its limit, and exits: also
 * if nobody is there to kill it.
 */
#ifndef CTXTRACE_INJECT_PLACE_H
#define CTXTRACE_INJECT_PLACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define INJECT_SIZE  512 /* bytes of the blob; a multiple of 8 */
#define INJECT_WAITS 2

/* What a cloned child is called until it has been waited for. */
#define INJECT_CHILD_NAME "ctxtrace-fork"

struct inject_range {
    uint64_t start, end;
};

struct inject_place {
    uint64_t start;
    unsigned char original[INJECT_SIZE]; /* what the executable's file has there */
    /* The functions in whose system calls a thread may be taken, the better ones first. */
    struct inject_range waits[INJECT_WAITS];
    /*
     * Who waits there with a time-out takes EINTR for what it is, and looks again how long it has
     * to wait. If there is no other thread, one that is so is taken.
     */
    bool takes_eintr[INJECT_WAITS];
};

static inline bool place_covers(const struct inject_place *place, uint64_t pc)
{
    return pc - place->start < INJECT_SIZE;
}

/* In which of them is it? INJECT_WAITS: in none. */
static inline unsigned place_wait_of(const struct inject_place *place, uint64_t pc)
{
    unsigned number = 0;
    while (number < INJECT_WAITS &&
           pc - place->waits[number].start >= place->waits[number].end - place->waits[number].start)
        number++;
    return number;
}

#endif
