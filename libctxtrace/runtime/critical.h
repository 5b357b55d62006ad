/*
 * Critical sections, and the gate that fork closes before them.
 *
 * A forked child inherits every lock in the state in which it was, without the threads that would
 * release them. So every lock of the runtime is held only inside a critical section of its thread,
 * and fork waits until no other thread is inside one: the child then finds all locks free, and what
 * they guard whole.
 *
 * Entering one must cost next to nothing, so both fences of Dekker's algorithm are on the rare
 * side. A thread stores its depth and then reads the gate, without a fence between. The forking
 * thread closes the gate, makes every running thread execute a fence (membarrier(2), private
 * expedited), and then reads the depths of all.
 *
 * Nobody is overlooked. Where that fence falls between a thread's store and its load, or before
 * both or behind both, decides: behind the store, the forking thread sees the depth, and waits
 * until it is 0 again; before the load, the thread sees the gate closed, takes its depth back and
 * sleeps until the gate opens. One of the two it always is. A thread that does not run has been
 * through a fence when it was switched off. For a thread whose record is not in the list yet the
 * same holds, with linking it as the store.
 *
 * The fork does not wait for ever. Inside a section a thread waits for nothing but locks, which are
 * held inside sections, too, and the C library (for memory, or a thread that it starts), of which
 * the forking thread holds nothing yet. Only who enters from outside (depth 0) looks at the gate,
 * so no lock is held by a thread that sleeps there.
 *
 * The forking thread passes the closed gate: handlers of the program's own (pthread_atfork) run
 * meanwhile and may use the library, which they have to themselves. Of several threads that fork at
 * once one does after the other.
 *
 * Leaving is a release and the depth is read with acquire, so what was done inside is there when
 * the process is copied.
 */
#ifndef CTXTRACE_RUNTIME_CRITICAL_H
#define CTXTRACE_RUNTIME_CRITICAL_H

#include "base/invariant.h"
#include "runtime/thread_record.h"

#include <stdbool.h>

extern _Atomic uint32_t fork_gate; /* 1: closed */

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

/* Once, before the gate is closed for the first time. */
void critical_prepare(void);

/* Closes the gate for `self` and waits until no other thread is inside a section. */
void critical_close_gate(struct runtime_thread *self);
/* Opens it, if it was this thread that closed it. */
void critical_open_gate(const struct runtime_thread *self);
/* In a forked child, where no other thread exists: opens it, whoever closed it. */
void critical_fork_child(void);

#endif
