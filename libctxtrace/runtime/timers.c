#include "runtime/timers.h"

#include "base/array.h"
#include "base/clock.h"
#include "base/futex.h"
#include "base/invariant.h"

#include <errno.h>
#include <stdlib.h>

enum { ARITY = 4 };

static struct lock timers_lock;
/* heap[1 .. count]; everything here is under the lock. */
static struct ctxt **heap;
static uint32_t count;
static size_t room;
static int64_t looks_at_ns = INT64_MIN; /* when the thread looks at the latest; at first it does */

static struct parker thread_parker;

/* ---- the heap ---- */

static uint32_t parent_of(uint32_t place)
{
    invariant(place > 1);
    return (place - 2) / ARITY + 1;
}

static uint32_t first_child_of(uint32_t place)
{
    return (place - 1) * ARITY + 2;
}

static void put(uint32_t place, struct ctxt *node)
{
    invariant(lock_is_held(&timers_lock));
    invariant(place >= 1 && place <= count && place < room);
    heap[place] = node;
    node->deadline.timer_place = place;
}

static void move_up(uint32_t place, struct ctxt *node)
{
    while (place > 1 && node->deadline_ns < heap[parent_of(place)]->deadline_ns) {
        put(place, heap[parent_of(place)]);
        place = parent_of(place);
    }
    put(place, node);
    invariant(place == 1 || heap[parent_of(place)]->deadline_ns <= node->deadline_ns);
}

static uint32_t earliest_child(uint32_t place)
{
    uint32_t first = first_child_of(place), earliest = first;
    for (uint32_t i = first + 1; i < first + ARITY && i <= count; i++)
        if (heap[i]->deadline_ns < heap[earliest]->deadline_ns)
            earliest = i;
    return earliest;
}

static void move_down(uint32_t place, struct ctxt *node)
{
    while (first_child_of(place) <= count) {
        uint32_t child = earliest_child(place);
        if (node->deadline_ns <= heap[child]->deadline_ns)
            break;
        put(place, heap[child]);
        place = child;
    }
    put(place, node);
    invariant(first_child_of(place) > count ||
              node->deadline_ns <= heap[earliest_child(place)]->deadline_ns);
}

static void take_out(struct ctxt *node)
{
    uint32_t place = node->deadline.timer_place;
    invariant(place >= 1 && place <= count && heap[place] == node);
    node->deadline.timer_place = 0;
    struct ctxt *last = heap[count--];
    if (last == node)
        return;
    if (place > 1 && last->deadline_ns < heap[parent_of(place)]->deadline_ns)
        move_up(place, last);
    else
        move_down(place, last);
}

static bool reserve(void)
{
    return ARRAY_ROOM(heap, room, (size_t)count + 2); /* the first place is not used */
}

/* ---- the thread ---- */

/*
 * The next context whose time has come, with a hold; NULL: none yet. It stays in the heap until it
 * ends: a child forked before that still has its deadline.
 */
static struct ctxt *hold_expired(int64_t now_ns)
{
    leaf_lock_take(&timers_lock);
    struct ctxt *node = NULL;
    if (count > 0 && heap[1]->deadline_ns <= now_ns) {
        node = heap[1];
        node_hold(node);
    } else {
        looks_at_ns = count > 0 ? heap[1]->deadline_ns : FUTEX_NO_TIMEOUT;
    }
    leaf_lock_release(&timers_lock);
    return node;
}

struct ctxt *timers_wait(void)
{
    for (;;) {
        struct ctxt *node = hold_expired(now_ns());
        if (node)
            return node;
        /* Only this thread puts it off; others make it earlier, and notify. */
        leaf_lock_take(&timers_lock);
        int64_t until_ns = looks_at_ns;
        leaf_lock_release(&timers_lock);
        parker_park(&thread_parker, until_ns);
    }
}

/* ---- adding and removing ---- */

bool timers_add(struct ctxt *node)
{
    invariant(node->kind == CONTEXT_DEADLINE && node->deadline.timer_place == 0);
    bool added = false, wake = false;
    ranked_lock_take(&node->lock, LOCK_OF_CONTEXT); /* a parent may be ending it this very moment */
    bool open = !node_ended(node);
    if (open) {
        leaf_lock_take(&timers_lock);
        added = reserve();
        if (added) {
            atomic_fetch_add_explicit(&node->holds, 1, memory_order_relaxed);
            move_up(++count, node);
            wake = node->deadline_ns < looks_at_ns;
            if (wake)
                looks_at_ns = node->deadline_ns;
        }
        leaf_lock_release(&timers_lock);
    }
    ranked_lock_release(&node->lock, LOCK_OF_CONTEXT);
    if (wake)
        parker_notify(&thread_parker);
    if (open && !added)
        errno = ENOMEM;
    return added || !open;
}

void timers_remove(struct ctxt *node)
{
    leaf_lock_take(&timers_lock);
    bool removed = node->deadline.timer_place != 0;
    if (removed)
        take_out(node);
    leaf_lock_release(&timers_lock);
    /* Not the last hold: whoever ends a node has one, or a reference, himself. */
    if (!removed)
        return;
    uint32_t before = atomic_fetch_sub_explicit(&node->holds, 1, memory_order_acq_rel);
    invariant(before > 1);
}

bool timers_holds(const struct ctxt *node)
{
    if (node->kind != CONTEXT_DEADLINE)
        return false;
    leaf_lock_take(&timers_lock);
    bool holds = node->deadline.timer_place != 0;
    leaf_lock_release(&timers_lock);
    return holds;
}

/* ---- fork ---- */

void timers_fork_child(void)
{
    looks_at_ns = INT64_MIN;
    thread_parker = (struct parker){0};
}

bool timers_fork_pending(void)
{
    return count > 0;
}
