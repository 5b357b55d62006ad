/*
 * What the runtime keeps for each thread: a record.
 *
 * Records are linked into one list, taken over by a new thread when their thread has ended, and
 * never freed: a pointer to a record, and the futex word of its parker, stay valid for ever.
 *
 * The list only grows, at its head; whoever walks it sees all records that were linked before.
 *
 * Free records are a stack without a lock, since taking a lock needs a record. Taking the first one
 * means to read its `next_free` and to put that in its place, and in between others may have taken
 * it, used it and given it back, so that `next_free` is no longer what was read, while the first
 * one is the same again. Two things make this harmless. Reading a stale `next_free` does no harm,
 * as records are never freed. And the word that is compared counts the changes beside the address,
 * so it is not the same again: a record begins a page and addresses have 48 bits, which leaves 28
 * bits for the count. Only a thread that stood still between its two steps for exactly a multiple
 * of 2^28 changes would be deceived.
 */
#ifndef CTXTRACE_RUNTIME_THREAD_RECORD_H
#define CTXTRACE_RUNTIME_THREAD_RECORD_H

#include "runtime/lock_order.h"
#include "runtime/parker.h"

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

struct ctxt;
struct ctxt_task;
struct waiter;

enum { THREAD_ENTERED_FIRST = 16 };

struct entered {
    struct ctxt *context;
    uint64_t
        task_id; /* the recorded task that entered it: a coroutine, say; 0: not recorded then */
};

struct runtime_thread {
    struct runtime_thread *next; /* all records; set once */
    struct runtime_thread *_Atomic next_free;
    _Atomic uint32_t critical; /* depth of critical sections */
    _Atomic uint32_t taken;    /* 1: some thread's */
    struct parker parker;
    struct ctxt_task *task;  /* if it was started by ctxt_go */
    struct entered *entered; /* contexts entered, innermost last */
    uint32_t entered_count;
    size_t entered_room;
    struct entered entered_first[THREAD_ENTERED_FIRST]; /* what it is until that is too small */
    struct ctxt *free_nodes;                            /* see node_pool.h */
    uint32_t free_node_count;
    _Atomic uint64_t nodes_made, nodes_freed; /* by threads of this record, ever */
    struct waiter *waiters;                   /* what it waits for right now; see waiter.h */
    uint64_t random;                          /* state of its random numbers */
#ifdef CTXTRACE_ASSERT
    struct held_locks held;
#endif
};

/* All records, by `next`; those of threads that ended included. */
struct runtime_thread *thread_record_first(void);

/* One for a thread that has none: a free one, or a new one. NULL: there is no memory. */
struct runtime_thread *thread_record_take(void);
void thread_record_give_back(struct runtime_thread *thread);

#endif
