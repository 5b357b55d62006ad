/*
 * The goroutines of a program, as the runtime's own list of them has them.
 *
 * Needs no stop: each goroutine is read, then its stack, and one that moved in between is kept
 * without its stack.
 */
#ifndef CTXTRACE_GOLANG_GOROUTINES_H
#define CTXTRACE_GOLANG_GOROUTINES_H

#include "golang/unwind.h"

enum go_status {
    GO_IDLE,
    GO_RUNNABLE,
    GO_RUNNING,
    GO_SYSCALL,
    GO_WAITING,
    GO_DEAD = 6,
    GO_COPYSTACK = 8,
    GO_PREEMPTED = 9,
    GO_LEAKED = 10
};

struct goroutine {
    uint64_t address, id;
    uint32_t status; /* enum go_status; the bit that says "being scanned" is taken off */
    bool scanned;    /* that bit: a garbage collection looks at its stack right now */
    bool system, locked, moved;
    uint8_t reason;          /* why it waits */
    const char *reason_text; /* never NULL */
    uint64_t low, high;      /* its stack */
    uint64_t sp, pc;         /* where a walk begins; 0 when that is not known */
    bool by_registers;       /* they are those of a thread, and not saved by the scheduler */
    uint64_t m, parent_id, gopc, startpc, waiting, labels, timer;
    uint32_t tid;
    int64_t wait_since; /* 0 unknown */
};

struct goroutines {
    struct goroutine *items; /* by address */
    size_t count;
    uint64_t unreadable;
};

/* false only when memory ran out. Free it in any case. */
bool goroutines_read(const struct go_program *program, struct goroutines *goroutines);
void goroutines_free(struct goroutines *goroutines);

/* The one whose g is at this address, NULL for none. */
const struct goroutine *goroutine_at(const struct goroutines *goroutines, uint64_t address);

#endif
