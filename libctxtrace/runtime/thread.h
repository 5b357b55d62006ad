/*
 * What the runtime keeps for each thread, and fork.
 *
 * Records are linked into one list, taken over by a new thread when their thread has ended, and
 * never freed: a pointer to a record, and the futex word of its parker, stay valid for ever.
 *
 * Fork. The child inherits every lock in the state in which it was. To make that state "free", fork
 * closes a gate and waits until no other thread is inside a critical section. Entering one must
 * cost next to nothing, so it is an asymmetric protocol: the thread stores its depth and then reads
 * the gate, without a fence between; the forking thread closes the gate and then, before it reads
 * the depths, makes every running thread execute a fence (membarrier(2), private expedited). Either
 * the thread sees the gate closed, and backs out, or the forking thread sees the depth.
 */
#ifndef CTXTRACE_RUNTIME_THREAD_H
#define CTXTRACE_RUNTIME_THREAD_H

#include "base/invariant.h"
#include "runtime/parker.h"

#include <ctxtrace/context.h>

#include <stdatomic.h>
#include <stdint.h>

struct ctxt_task;
struct waiter;

enum { THREAD_ENTERED_FIRST = 16 };

struct entered {
    struct ctxt *context;
    uint64_t
        task_id; /* the recorded task that entered it: a coroutine, say; 0: not recorded then */
};

struct lock;

/* What ranked_lock.c asserts the order of locks by. */
struct held_locks {
    uint32_t contexts, channels, leaves;
    const struct lock *channel; /* the last one */
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
    struct ctxt *free_nodes;                            /* see node.c */
    uint32_t free_node_count;
    _Atomic uint64_t nodes_made, nodes_freed; /* by threads of this record, ever */
    struct waiter *waiters;                   /* what it waits for right now; see waiter.h */
    uint64_t random;                          /* state of its random numbers */
#ifdef CTXTRACE_ASSERT
    struct held_locks held;
#endif
};

extern __thread struct runtime_thread *runtime_thread_pointer
    __attribute__((tls_model("initial-exec")));
extern _Atomic uint32_t fork_gate; /* 1: closed */

struct runtime_thread *thread_attach(void);

/*
 * A record for a thread that is about to be started, so that whoever starts it is told when there
 * is no memory for one (NULL). The thread takes it over first of all; if it is not started after
 * all, the record is given back.
 */
struct runtime_thread *thread_reserve(void);
void thread_give_back(struct runtime_thread *thread);
void thread_adopt(struct runtime_thread *self);

/* All records, by `next`; those of threads that ended included. */
struct runtime_thread *thread_first(void);

/*
 * The calling thread's record. Never fails: of a thread that the library has not started, the first
 * call makes it, and a process that has not one page left for that is aborted.
 */
static inline struct runtime_thread *thread_self(void)
{
    struct runtime_thread *self = runtime_thread_pointer;
    if (__builtin_expect(self != NULL, 1))
        return self;
    return thread_attach();
}

void critical_wait_for_gate(struct runtime_thread *self);

static inline void critical_enter(struct runtime_thread *self)
{
    uint32_t depth = atomic_load_explicit(&self->critical, memory_order_relaxed);
    atomic_store_explicit(&self->critical, depth + 1, memory_order_relaxed);
    atomic_signal_fence(memory_order_seq_cst);
    if (depth == 0 && __builtin_expect(atomic_load_explicit(&fork_gate, memory_order_acquire), 0))
        critical_wait_for_gate(self);
}

static inline void critical_leave(struct runtime_thread *self)
{
    uint32_t depth = atomic_load_explicit(&self->critical, memory_order_relaxed);
    invariant(depth > 0);
    atomic_store_explicit(&self->critical, depth - 1, memory_order_release);
}

/* A random number, good enough to be fair (xorshift). */
uint32_t thread_random(struct runtime_thread *self);

/*
 * Makes a detached thread of the library's own, with all signals blocked and a small stack, shown
 * by the tools as a system task with this name. 0 or EAGAIN.
 */
int thread_start_internal(const char *name, void *(*function)(void *), void *argument);

#endif
