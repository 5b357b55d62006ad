/*
 * The goroutines of a program, from the runtime's own list.
 *
 * Needs no stop: each goroutine is read, then its stack, and one that moved in between is kept
 * without its stack. Stacks are read in batches and not kept.
 */
#ifndef CTXTRACE_GOLANG_CAPTURE_GOROUTINES_H
#define CTXTRACE_GOLANG_CAPTURE_GOROUTINES_H

#include "golang/capture/unwind.h"
#include "image/memory_pass.h"
#include "image/ranges.h"

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

/* Its part of the lists in struct goroutine_stacks. */
struct stack_summary {
    uint32_t first_frame, frame_count, first_wait, wait_count, first_sudog, sudog_count;
    uint32_t first_hint, hint_count; /* see working_contexts.h; and then: */
    uint32_t likely_context;         /* index, UINT32_MAX none */
    bool complete;                   /* the stack was walked up to its top */
    bool truncated;                  /* it waits for more than is told */
    bool confirmed; /* the wait reason, and sudogs that name this goroutine, say the same */
    bool forever;   /* nothing can wake it: a nil channel, an empty select */
};

struct goroutine {
    uint64_t address, id;
    uint32_t status; /* enum go_status; the bit that says "being scanned" is taken off */
    bool scanned;    /* that bit: a garbage collection looks at its stack right now */
    bool system, locked, moved;
    uint8_t reason;          /* why it waits */
    uint8_t sequence;        /* counts how often it stopped running */
    const char *reason_text; /* never NULL */
    uint64_t low, high;      /* its stack */
    uint64_t sp, pc;         /* where a walk begins; 0 when that is not known */
    bool by_registers;       /* they are those of a thread, and not saved by the scheduler */
    uint64_t saved_sp;       /* what the scheduler saved last, whatever its status */
    uint64_t m, parent_id, gopc, startpc, waiting, labels, timer, ancestors;
    const struct pc_info *creation;        /* the go statement; it and the next: see describe.h */
    size_t first_ancestor, ancestor_count; /* see ancestors.h */
    uint32_t labels_text;                  /* among the texts of the model */
    uint32_t tid;
    int64_t wait_since; /* 0 unknown */
    struct stack_summary stack;
};

struct goroutines {
    struct goroutine *items; /* by address */
    size_t count;
    uint64_t unreadable;
};

/* Called for each goroutine while its stack is at hand. */
struct goroutine_looker {
    void (*look)(void *state, struct goroutine *goroutine);
    void *state;
};

/*
 * Reads all, and their stacks if there is a looker, in a pass through which `program` is read; none
 * of it stays. false only when memory ran out. Free it in any case.
 */
bool goroutines_read(const struct go_program *program, struct memory_pass *pass,
                     const struct goroutine_looker *looker, struct goroutines *goroutines);

/* The same of a program that stands still, in two parts: reads all and keeps what it read, ... */
bool goroutines_copy(const struct go_program *program, struct goroutines *goroutines);
/* ... and sorts them and looks at their stacks. */
void goroutines_look(struct goroutines *goroutines, const struct goroutine_looker *looker);

/*
 * Is it certain where it is, and that it is in a call into the runtime? Not if it runs, or has a
 * thread although its status says otherwise (the runtime marks it as "waiting" for a moment while
 * it works for the garbage collector); nor if its stack is being moved, or scanned, which can move
 * it, too.
 */
static inline bool goroutine_is_at_safe_point(const struct goroutine *goroutine)
{
    if (goroutine->scanned || goroutine->status == GO_RUNNING || goroutine->status == GO_COPYSTACK)
        return false;
    return !goroutine->m || goroutine->status == GO_SYSCALL;
}

/*
 * Where the part of its stack that is in use begins. If its thread runs on another stack this is
 * not certain, and all of it may be in use.
 */
static inline uint64_t goroutine_stack_begin(const struct goroutine *goroutine)
{
    bool saved =
        !goroutine->m || goroutine->status == GO_SYSCALL || goroutine->status == GO_COPYSTACK;
    bool has_place = goroutine->sp >= goroutine->low && goroutine->sp < goroutine->high;
    return has_place && (saved || goroutine->by_registers) ? goroutine->sp : goroutine->low;
}

/*
 * Reads these again and sets `moved` of each that has moved since it was first read, and of those
 * that it does not get to before the deadline (monotonic, 0: none).
 */
void goroutines_check(const struct go_program *program, struct goroutine *const *items,
                      size_t count, int64_t deadline_ns);

/* Adds the parts of the stacks that are in use. */
void goroutines_add_stacks(const struct goroutines *goroutines, struct ranges *ranges);

void goroutines_free(struct goroutines *goroutines);

/* The one whose g is at this address, NULL for none. */
const struct goroutine *goroutine_at(const struct goroutines *goroutines, uint64_t address);

#endif
