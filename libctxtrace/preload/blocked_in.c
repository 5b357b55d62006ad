/*
 * Three words under a count of changes, which is odd while they are being changed. It only grows
 * and is never used again, so that two equal even counts have the same words between them. They are
 * one thread's to change.
 *
 * Writer:  count odd | release fence | the words | count even, release
 * Reader:  count, acquire | the words, and what else is to be true at that time | acquire fence |
 *          count
 *
 * A reader that sees one of the words of a change, or something that the thread wrote after the
 * change began, sees by the two fences that the count is odd, or higher.
 *
 * When a wait is announced, the last store is an exchange in the one order of all operations that
 * are sequentially consistent, and so is the first load of a look: so either the look sees the
 * wait, or what the thread reads in that order afterwards comes after the look and all that
 * precedes it in that order.
 *
 * A signal handler may come anywhere, and wait itself. It finds `is_changing` and leaves the words
 * alone; where it does not find it, its changes come in pairs that end in the wait which it has
 * interrupted.
 */
#include "preload/blocked_in.h"

/* False: it is under way already. */
static inline bool begin_change(struct blocked_in *in)
{
    if (in->is_changing)
        return false;
    in->is_changing = true;
    atomic_signal_fence(memory_order_seq_cst);
    return true;
}

/* Returns the count that ends the change. */
static inline uint64_t change(struct blocked_in *in, const struct blocked *now)
{
    uint64_t changes = atomic_load_explicit(&in->changes, memory_order_relaxed);
    atomic_store_explicit(&in->changes, changes + 1, memory_order_relaxed);
    atomic_thread_fence(memory_order_release);
    atomic_store_explicit(&in->place, now->wait.place, memory_order_relaxed);
    atomic_store_explicit(&in->sequence, now->wait.sequence, memory_order_relaxed);
    atomic_store_explicit(&in->released, now->released, memory_order_relaxed);
    return changes + 2;
}

static inline void end_change(struct blocked_in *in)
{
    atomic_signal_fence(memory_order_seq_cst);
    in->is_changing = false;
}

void blocked_in_set(struct blocked_in *in, const struct blocked *now)
{
    if (!begin_change(in))
        return;
    atomic_store_explicit(&in->changes, change(in, now), memory_order_release);
    end_change(in);
}

void blocked_in_announce(struct blocked_in *in, const struct blocked *now)
{
    if (!begin_change(in))
        return;
    atomic_exchange(&in->changes, change(in, now));
    end_change(in);
}

bool blocked_in_look(struct blocked_in *in, struct blocked *seen, uint64_t *changes)
{
    *changes = atomic_load(&in->changes);
    *seen = (struct blocked){
        {atomic_load_explicit(&in->place, memory_order_relaxed),
         atomic_load_explicit(&in->sequence, memory_order_relaxed)},
        atomic_load_explicit(&in->released, memory_order_relaxed),
    };
    return seen->wait.place && *changes % 2 == 0 && blocked_in_is_same(in, *changes);
}

bool blocked_in_is_same(struct blocked_in *in, uint64_t changes)
{
    atomic_thread_fence(memory_order_acquire);
    return atomic_load_explicit(&in->changes, memory_order_relaxed) == changes;
}
