#include "runtime/critical.h"

#include "base/clock.h"
#include "base/futex.h"
#include "base/lock.h"

#include <limits.h>
#include <linux/membarrier.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

_Atomic uint32_t fork_gate;

static struct lock fork_lock; /* from closing to opening */
static struct runtime_thread *_Atomic forking_thread;

void critical_prepare(void)
{
    syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0);
}

static void fence_all_threads(void)
{
    if (syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0) == 0)
        return;
    /* A sandbox without membarrier: any processor has drained its store buffer long before this. */
    struct timespec wait = timespec_of(10 * NS_PER_MS);
    syscall(SYS_nanosleep, &wait, NULL); /* nanosleep() is a cancellation point */
}

void critical_close_gate(struct runtime_thread *self)
{
    lock_take(&fork_lock);
    invariant(!atomic_load(&forking_thread) && atomic_load(&fork_gate) == 0);
    atomic_store(&forking_thread, self);
    atomic_store_explicit(&fork_gate, 1, memory_order_seq_cst);
    fence_all_threads();
    for (struct runtime_thread *other = thread_record_first(); other; other = other->next)
        while (other != self && atomic_load_explicit(&other->critical, memory_order_acquire))
            sched_yield();
}

void critical_open_gate(const struct runtime_thread *self)
{
    if (!self || atomic_load(&forking_thread) != self)
        return;
    atomic_store(&forking_thread, NULL);
    atomic_store_explicit(&fork_gate, 0, memory_order_release);
    futex_wake(&fork_gate, INT_MAX);
    lock_release(&fork_lock);
}

void critical_fork_child(void)
{
    atomic_store(&forking_thread, NULL);
    atomic_store(&fork_gate, 0);
    lock_reset(&fork_lock);
}

void critical_wait_for_gate(struct runtime_thread *self)
{
    invariant(atomic_load(&self->critical) == 1); /* within a section no other may be waited for */
    while (atomic_load_explicit(&fork_gate, memory_order_acquire) &&
           atomic_load(&forking_thread) != self) {
        atomic_store_explicit(&self->critical, 0, memory_order_release);
        futex_wait(&fork_gate, 1, FUTEX_NO_TIMEOUT);
        atomic_store_explicit(&self->critical, 1, memory_order_seq_cst);
    }
}
