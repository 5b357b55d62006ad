#include "runtime/thread_record.h"

#include "base/invariant.h"

#include <sys/mman.h>

static struct runtime_thread *_Atomic all_threads;
static _Atomic uint64_t free_threads; /* the first one, with a count of changes */
enum { ADDRESS_BITS = 48 };

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

struct runtime_thread *thread_record_first(void)
{
    return atomic_load(&all_threads);
}

void thread_record_give_back(struct runtime_thread *thread)
{
    invariant(atomic_load(&thread->taken) == 1);
    atomic_store_explicit(&thread->taken, 0, memory_order_release);
    uint64_t before = atomic_load(&free_threads);
    do
        atomic_store_explicit(&thread->next_free, record_at(before), memory_order_relaxed);
    while (!atomic_compare_exchange_weak(&free_threads, &before, changed(before, thread)));
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

struct runtime_thread *thread_record_take(void)
{
    struct runtime_thread *thread = reuse();
    return thread ? thread : make();
}
