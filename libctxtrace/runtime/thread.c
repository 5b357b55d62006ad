#include "runtime/thread.h"

#include "base/clock.h"
#include "base/futex.h"
#include "base/hash.h"
#include "record/record.h"
#include "runtime/fork.h"
#include "runtime/last_threads.h"
#include "runtime/node.h"
#include "runtime/waiter.h"

#include <errno.h>
#include <limits.h>
#include <linux/membarrier.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

__thread struct runtime_thread *runtime_thread_pointer __attribute__((tls_model("initial-exec")));
_Atomic uint32_t fork_gate;

static struct runtime_thread *_Atomic all_threads;
/*
 * Records of threads that ended, a stack without a lock. Records are never freed, so a stale `next`
 * can be read; that a record was taken and given back meanwhile is told by a count of changes in
 * the bits that its address leaves: it begins a page, and addresses have 48 bits.
 */
static _Atomic uint64_t free_threads;
enum { ADDRESS_BITS = 48 };
static pthread_key_t exit_key;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static struct lock fork_lock;
/* Who closed the gate. It passes itself: handlers of the program's own run while it is closed. */
static struct runtime_thread *_Atomic forking_thread;

#define ADDRESS_MASK (((UINT64_C(1) << ADDRESS_BITS) - 1) & ~UINT64_C(0xfff))

/* The count stands in the upper and the lowest bits, rotated so that it can be added to. */
static uint64_t changed(uint64_t before, const struct runtime_thread *first)
{
    uint64_t count = (before >> ADDRESS_BITS << 12 | (before & 0xfff)) + 1;
    return ((uint64_t)(uintptr_t)first & ADDRESS_MASK) | (count >> 12) << ADDRESS_BITS |
           (count & 0xfff);
}

static struct runtime_thread *record_at(uint64_t word)
{
    return (struct runtime_thread *)(uintptr_t)(word & ADDRESS_MASK);
}

void thread_give_back(struct runtime_thread *thread)
{
    invariant(atomic_load(&thread->taken) == 1);
    atomic_store_explicit(&thread->taken, 0, memory_order_release);
    uint64_t before = atomic_load(&free_threads);
    do
        atomic_store_explicit(&thread->next_free, record_at(before), memory_order_relaxed);
    while (!atomic_compare_exchange_weak(&free_threads, &before, changed(before, thread)));
}

static void detach(void *record)
{
    struct runtime_thread *self = record;
    node_cache_give_back(self);
    if (self->entered != self->entered_first)
        free(self->entered);
    self->entered = NULL;
    self->entered_count = self->entered_room = 0;
    self->task = NULL;
    runtime_thread_pointer = NULL;
    thread_give_back(self);
}

/* ---- fork ---- */

static void fence_all_threads(void)
{
    if (syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0) == 0)
        return;
    /* A sandbox without membarrier: any processor has drained its store buffer long before this. */
    struct timespec wait = timespec_of(10 * NS_PER_MS);
    syscall(SYS_nanosleep, &wait, NULL); /* nanosleep() is a cancellation point */
}

static void before_fork(void)
{
    struct runtime_thread *self = thread_self();
    lock_take(&fork_lock);
    invariant(!atomic_load(&forking_thread) && atomic_load(&fork_gate) == 0);
    atomic_store(&forking_thread, self);
    atomic_store_explicit(&fork_gate, 1, memory_order_seq_cst);
    fence_all_threads();
    for (struct runtime_thread *other = atomic_load(&all_threads); other; other = other->next)
        while (other != self && atomic_load_explicit(&other->critical, memory_order_acquire))
            sched_yield();
}

static void open_gate(void)
{
    atomic_store(&forking_thread, NULL);
    atomic_store_explicit(&fork_gate, 0, memory_order_release);
    futex_wake(&fork_gate, INT_MAX);
}

static void after_fork_in_parent(void)
{
    invariant(atomic_load(&forking_thread) == thread_self());
    open_gate();
    lock_release(&fork_lock);
}

/* The other threads do not exist here; what they waited for must forget them. */
static void forget_thread(struct runtime_thread *other)
{
    for (struct waiter *waiter = other->waiters; waiter; waiter = waiter->next_of_thread)
        waiter_unlink(waiter);
    other->waiters = NULL;
#ifdef CTXTRACE_ASSERT
    other->held = (struct held_locks){0};
#endif
    atomic_store(&other->critical, 0);
    node_cache_inherit(other);
    other->entered_count = 0;
    other->task = NULL;
    thread_give_back(other);
}

static void after_fork_in_child(void)
{
    int saved = errno;
    struct runtime_thread *self = thread_self();
    atomic_store(&forking_thread, NULL);
    atomic_store(&fork_gate, 0); /* alone now: nothing below has to wait */
    for (struct runtime_thread *other = atomic_load(&all_threads); other; other = other->next)
        if (other != self && atomic_load(&other->taken))
            forget_thread(other);
    fork_child_reset();
    lock_reset(&fork_lock);
    errno = saved;
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

/* ---- records ---- */

struct runtime_thread *thread_first(void)
{
    return atomic_load(&all_threads);
}

static void initialise(void)
{
    syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0);
    if (pthread_key_create(&exit_key, detach) != 0 ||
        pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child) != 0)
        abort();
}

static struct runtime_thread *reuse(void)
{
    uint64_t before = atomic_load(&free_threads);
    struct runtime_thread *first;
    do {
        first = record_at(before);
        if (!first)
            return NULL;
    } while (!atomic_compare_exchange_weak(
        &free_threads, &before,
        changed(before, atomic_load_explicit(&first->next_free, memory_order_relaxed))));
    invariant(atomic_load(&first->taken) == 0 && first->entered_count == 0);
    atomic_store(&first->taken, 1);
    first->parker = (struct parker){0}; /* who had it before may have left while it was parked */
    return first;
}

static struct runtime_thread *make(void)
{
    /* From the kernel, not from malloc: attaching may happen inside a program's own allocator. */
    struct runtime_thread *made =
        mmap(NULL, sizeof *made, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (made == MAP_FAILED)
        return NULL;
    invariant(((uintptr_t)made & ~ADDRESS_MASK) == 0);
    atomic_store(&made->taken, 1);
    struct runtime_thread *head = atomic_load(&all_threads);
    do
        made->next = head;
    while (!atomic_compare_exchange_weak(&all_threads, &head, made));
    return made;
}

struct runtime_thread *thread_reserve(void)
{
    pthread_once(&once, initialise);
    struct runtime_thread *thread = reuse();
    return thread ? thread : make();
}

void thread_adopt(struct runtime_thread *self)
{
    invariant(atomic_load(&self->taken) == 1);
    if (runtime_thread_pointer) { /* a wrapper of the program's has used the library before us */
        thread_give_back(self);
        return;
    }
    self->random = hash_scatter((uintptr_t)&self ^ (uint64_t)ctxt_now());
    runtime_thread_pointer = self;
    pthread_setspecific(exit_key, self);
}

struct runtime_thread *thread_attach(void)
{
    int saved = errno;
    struct runtime_thread *self = thread_reserve();
    if (!self)
        abort(); /* there is no caller that could be told, see thread_self() */
    thread_adopt(self);
    errno = saved;
    return self;
}

uint32_t thread_random(struct runtime_thread *self)
{
    uint64_t x = self->random;
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    self->random = x;
    return (uint32_t)(x >> 32);
}

/* ---- threads of our own ---- */

struct internal_start {
    struct runtime_thread *thread;
    const char *name;
    void *(*function)(void *);
    void *argument;
};

static void *run_internal(void *argument)
{
    struct internal_start start = *(struct internal_start *)argument;
    free(argument);
    thread_adopt(start.thread);
    pthread_setname_np(pthread_self(), start.name);
    record_thread_is_internal(start.name);
    last_threads_idle(1);
    void *result = start.function(start.argument);
    last_threads_idle(-1);
    return result;
}

int thread_start_internal(const char *name, void *(*function)(void *), void *argument)
{
    struct internal_start *start = malloc(sizeof *start);
    struct runtime_thread *reserved = start ? thread_reserve() : NULL;
    if (!reserved) {
        free(start);
        return EAGAIN;
    }
    *start = (struct internal_start){reserved, name, function, argument};
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pthread_t thread;
    int failed = pthread_create(&thread, &attributes, run_internal, start);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    if (!failed)
        return 0;
    thread_give_back(reserved);
    free(start);
    return EAGAIN;
}
